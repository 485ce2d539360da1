// Where pictures come from.

import { state, known, valuesAt } from "./state.js";

export const original = (frame) => `/api/clips/${state.clip.id}/frames/${frame}`;

// A frame refocused with the values that hold there; null while they are not known. small: at reduced size, for what
// must be quick.
export function refocused(frame, small = false) {
  if (!known()) return null;
  const now = valuesAt(frame);
  if (now.focus === null) return null;
  const lens = Object.fromEntries(state.studio.lens.map((name) => [name, state.document[name]]).filter(([, value]) => value !== null));
  const query = new URLSearchParams({
    focus: now.focus.toFixed(4),
    blur: now.blur.toFixed(2),
    range: now.range.toFixed(4),
    ...lens,
    ...(small ? { small: "1" } : {}),
  });
  return `/api/clips/${state.clip.id}/preview/${frame}?${query}`;
}
