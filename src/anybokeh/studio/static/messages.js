// Sentences that come and go.

import { fill, html } from "./html.js";
import { signal } from "./vendor/signals-core.js";

const SECONDS = 9;
const said = signal([]);

export function problem(sentence) {
  say(sentence, "problem");
}

export function note(sentence) {
  say(sentence, "note");
}

function say(sentence, kind) {
  if (said.peek().some((one) => one.sentence === sentence)) return;
  const message = { sentence, kind };
  said.value = [...said.peek(), message];
  setTimeout(() => remove(message), SECONDS * 1000);
}

function remove(message) {
  said.value = said.peek().filter((one) => one !== message);
}

function Message({ message }) {
  return html`<div class=${message.kind}>
    <p>${message.sentence}</p>
    <button type="button" aria-label="Close this message" onClick=${() => remove(message)}>×</button>
  </div>`;
}

fill("#messages", () => said.value.map((message) => html`<${Message} key=${message.sentence} message=${message} />`));
