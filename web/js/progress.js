// The loading bar: bytes of everything that is being fetched, together.

export class Progress {
  #box;
  #bar;
  #text;
  /** @type {Map<string, { got: number, size: number }>} */ #parts = new Map();
  /** The frame in which what has come is shown: pieces come faster than frames. */ #frame = 0;

  /** @param {HTMLElement} box @param {HTMLProgressElement} bar @param {HTMLElement} text */
  constructor(box, bar, text) {
    this.#box = box;
    this.#bar = bar;
    this.#text = text;
  }

  /** @param {Element} box with a bar, and a place for text in its label @returns {Progress} */
  static in(box) {
    const [bar, text] = [box.querySelector("progress"), box.querySelector("label span")];
    if (!(box instanceof HTMLElement && bar && text instanceof HTMLElement)) throw new Error("index.html has a loading box without its bar or its text");
    return new Progress(box, bar, text);
  }

  /** @param {string} name @param {number} got @param {number} size in bytes; where it is a guess, the bar waits just before its end */
  bytes(name, got, size) {
    this.#parts.set(name, { got: Math.min(got, size), size });
    this.#frame ||= requestAnimationFrame(() => this.#show());
  }

  #show() {
    this.#frame = 0;
    let [allGot, allSize] = [0, 0];
    for (const part of this.#parts.values()) {
      allGot += part.got;
      allSize += part.size;
    }
    this.#bar.max = allSize;
    this.#bar.value = allGot;
    this.#text.textContent = `${megabytes(allGot)} of ${megabytes(allSize)} MB`;
  }

  /** Nothing comes any more. @param {number} seconds since when */
  silent(seconds) {
    if (seconds === 0) return;
    this.#stop();
    this.#text.textContent = `(nothing has come for ${seconds} seconds: the network is slow, or gone)`;
  }

  /** Something is awaited that has no measure. @param {string} why */
  waiting(why) {
    this.#stop();
    this.#bar.removeAttribute("value");
    this.#text.textContent = why;
  }

  /** What was about to be shown is old. */
  #stop() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  show() {
    this.#stop();
    this.#parts.clear();
    this.#bar.value = 0;
    this.#text.textContent = "";
    this.#box.hidden = false;
  }

  hide() {
    this.#box.hidden = true;
  }
}

/** @param {number} bytes */
function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
