// What a job in the background finds: asked for until it is there.

import * as api from "./api.js";

const POLL = 400;

// The first answer that `isWhole`; null once it is not wanted any more. It is asked for again while the studio does not
// answer; what the studio refuses, or a job that failed, is an error.
export async function found(path, isWanted, isWhole) {
  while (isWanted()) {
    try {
      const told = await api.get(path);
      if (told.state === "failed") throw new api.Refused(told.message);
      if (isWhole(told)) return isWanted() ? told : null;
    } catch (error) {
      if (!isWanted()) return null;
      if (error.status !== 0) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  return null;
}
