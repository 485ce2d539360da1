// Sentences that come and go.

const SECONDS = 9;

export function problem(sentence) {
  say(sentence, "problem");
}

export function note(sentence) {
  say(sentence, "note");
}

function say(sentence, kind) {
  const list = document.getElementById("messages");
  if ([...list.children].some((one) => one.firstChild.textContent === sentence)) return;
  const message = document.createElement("div");
  message.className = kind;
  const text = document.createElement("p");
  text.textContent = sentence;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", "Close this message");
  close.addEventListener("click", () => message.remove());
  message.append(text, close);
  list.append(message);
  setTimeout(() => message.remove(), SECONDS * 1000);
}
