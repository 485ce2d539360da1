// Sentences that come and go.

import { fill, html } from "./html.js";
import { signal } from "./vendor/signals-core.js";

const SECONDS = 9;
const said = signal([]);

export function problem(sentence) {
  say(sentence, "problem");
}

// deed: what can be done about it until something else is done, {word, act}.
export function note(sentence, deed) {
  say(sentence, "note", deed);
}

function say(sentence, kind, deed) {
  if (said.peek().some((one) => one.sentence === sentence)) return;
  const message = { sentence, kind, deed };
  said.value = [...said.peek(), message];
  setTimeout(() => remove(message), SECONDS * 1000);
}

// Take away what only the last deed could be answered with.
export function withdraw() {
  said.value = said.peek().filter((one) => !one.deed);
}

function remove(message) {
  said.value = said.peek().filter((one) => one !== message);
}

function Message({ message }) {
  const { sentence, kind, deed } = message;
  const act = () => {
    remove(message);
    deed.act();
  };
  return html`<div class=${kind}>
    <p>${sentence}</p>
    ${deed && html`<button type="button" class="deed" onClick=${act}>${deed.word}</button>`}
    <button type="button" aria-label="Close this message" onClick=${() => remove(message)}>×</button>
  </div>`;
}

fill("#messages", () => said.value.map((message) => html`<${Message} key=${message.sentence} message=${message} />`));
