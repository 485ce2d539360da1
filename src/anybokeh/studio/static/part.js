// The part of the clip that is rendered: the frames from In to Out.

import { commit } from "./saving.js";
import { state } from "./state.js";

// Its first and its last frame.
export const part = () => [state.document.first ?? 0, state.document.last ?? state.clock.count - 1];

// Render from here, or up to and with this frame.
export function mark(which) {
  let { first, last } = state.document;
  if (which === "first") {
    first = state.frame || null;
    if (last !== null && first > last) last = null;
  } else {
    last = state.frame + 1 >= state.clock.count ? null : state.frame;
    if (last !== null && first > last) first = null;
  }
  commit({ ...state.document, first, last });
}

export function markAll() {
  commit({ ...state.document, first: null, last: null });
}
