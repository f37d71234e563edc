// A download of which nothing comes any more: told soon, given up later.

/** Nothing has come for so long, in ms: the visitor hears of it. */
const TOLD = 8_000;
/** And then it is given up. */
const GIVEN_UP = 20_000;
/** Pieces of a file come faster than this; clocks are not set again for each. */
const OFTEN = 250;

export class Silence {
  /** @type {(since: number) => void} */ #onSilence;
  /** @type {number} ms */ #givenUp;
  #giveUp = new AbortController();
  /** When clocks were last set, in ms. */ #set = -Infinity;
  /** @type {ReturnType<typeof setTimeout>[]} */ #timers = [];

  /** @param {(since: number) => void} [onSilence] hears after how many seconds, and 0 when something comes again @param {AbortSignal} [signal] stops it from elsewhere @param {number} [givenUp] ms */
  constructor(onSilence = () => {}, signal, givenUp = GIVEN_UP) {
    [this.#onSilence, this.#givenUp] = [onSilence, givenUp];
    if (signal?.aborted) this.#giveUp.abort(signal.reason);
    signal?.addEventListener("abort", () => this.#giveUp.abort(signal.reason));
    this.heard();
  }

  /** Aborted when it is given up; its reason says why. */
  get signal() {
    return this.#giveUp.signal;
  }

  /** Something came. */
  heard() {
    const now = performance.now();
    if (this.#timers.length > 0) {
      if (now - this.#set < OFTEN) return;
      this.#onSilence(0);
    }
    this.end();
    this.#set = now;
    this.#timers = [
      setTimeout(() => this.#onSilence(TOLD / 1000), TOLD),
      setTimeout(() => this.#giveUp.abort(new Error(`no byte came for ${this.#givenUp / 1000} seconds`)), this.#givenUp),
    ];
  }

  /** It is over. */
  end() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }
}
