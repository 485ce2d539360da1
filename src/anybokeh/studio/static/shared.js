// Changes of what holds at the playhead.

import { holding, withValue } from "./decisions.js";
import { state, decisions, standingFrame, valuesAt, withDecisions } from "./state.js";

// Index of the decision that holds at the playhead.
export const held = () => holding(decisions(), state.clock, standingFrame());

// Focus, blur and range where the playhead stands; null without a clip.
export const valuesHere = () => (state.clip ? valuesAt(standingFrame()) : null);

// The document with a value of blur or range.
export const withShared = (name) => (value) => withDecisions(withValue(decisions(), held(), name, value));
