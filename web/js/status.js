// The status line: what happened last. An error stays until the visitor does something else.
import { sentence } from "./dom.js";

export class Status {
  #element;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
  }

  /** Shows it, unless an error is standing. @param {string} sentence */
  say(sentence) {
    if (this.#element.getAttribute("role") === "alert") return;
    this.#element.textContent = sentence;
  }

  /** @param {string} reason a sentence; the program's own start in lower case */
  alert(reason) {
    // Emptied first, so that the same sentence twice is announced twice.
    this.#element.textContent = "";
    this.#element.setAttribute("role", "alert");
    this.#element.textContent = whole(reason);
  }

  /** Something that nobody asked for in so many words failed: where another model came meanwhile, it is done anew anyway. @param {unknown} error @param {import("./engine.js").Engine} engine */
  failed(error, engine) {
    if (!engine.closed) this.alert(sentence(error));
  }

  /** The visitor does something else: the last error may go. */
  clear() {
    this.#element.textContent = "";
    this.#element.setAttribute("role", "status");
  }
}

/** With a capital at its start and a full stop at its end. @param {string} reason a sentence; the program's own start in lower case */
export function whole(reason) {
  // A file's name at the start stays as it is written.
  const first = /^\S+\.\S/.test(reason) ? reason.charAt(0) : reason.charAt(0).toUpperCase();
  return first + reason.slice(1).replace(/[.\s]*$/, ".");
}
