// Photos that wait for their turn. One is read, shown or pinned, and let go of before the next, so that any number of them
// takes the memory of one; what could not be used is named at the end.
import { hook, one, sentence } from "../dom.js";
import { MAX_PINS } from "../pins/pins.js";

/** The images crate refuses more; asking here saves reading the file. */
export const MAX_PHOTO_BYTES = 64 * 1024 * 1024;
/** As many as a sentence can name. */
const NAMED = 5;

/** A file that is read when its turn comes. @typedef {{ name: string, size: number, read: () => Promise<Uint8Array> }} Arrival */
/** @typedef {{ name: string, why: string }} Refusal */
/** Files that came at once; `at` is the next, `first` the name of the one that was shown. @typedef {{ arrivals: Arrival[], note: string, at: number, first: string, refused: Refusal[] }} Batch */

/**
 * @typedef {object} Taker
 * @property {() => boolean} ready  there is a model to show photos to
 * @property {(coming: boolean) => void} coming  whether more than one is on its way
 * @property {() => boolean} full  no more can be pinned
 * @property {(bytes: Uint8Array, name: string) => Promise<void>} show  on the plate, and pins it; throws what is wrong with it
 * @property {(bytes: Uint8Array, name: string) => Promise<void>} pin  only pins it
 * @property {(sentence: string) => void} say
 * @property {(sentence: string) => void} alert
 */

/** @param {File} file @returns {Arrival} */
export function arrival(file) {
  return { name: file.name, size: file.size, read: async () => new Uint8Array(await file.arrayBuffer()) };
}

/** The content of a file that is no larger than photos may be. @param {Arrival} arrival */
export async function contentOf({ name, size, read }) {
  if (size > MAX_PHOTO_BYTES) throw new TooLarge(`${name} has ${Math.ceil(size / 2 ** 20)} MiB: the page takes photos of up to ${MAX_PHOTO_BYTES / 2 ** 20} MiB.`);
  return read();
}

/** Says by itself which file is meant. */
class TooLarge extends Error {}

/** Why a file was refused, with its name. @param {Arrival} arrival @param {unknown} error */
export function whyNot({ name }, error) {
  return error instanceof TooLarge ? error.message : `${name}: ${sentence(error)}`;
}

export class Queue {
  #taker;
  /** @type {Batch[]} */ #batches = [];
  /** What came before the model: it is read meanwhile. @type {{ file: Arrival, bytes: Promise<Uint8Array> } | undefined} */ #early;
  #running = false;
  #stopped = false;
  #box = one("#intake", HTMLElement);
  #refused = hook("refused", HTMLDetailsElement);

  /** @param {Taker} taker */
  constructor(taker) {
    this.#taker = taker;
    hook("intake-stop", HTMLButtonElement).addEventListener("click", () => { this.#stopped = true; });
  }

  /** Whether there are any. */
  get waits() {
    return this.#batches.length > 0;
  }

  /** @param {Arrival[]} arrivals @param {string} note begins a sentence when there are several */
  add(arrivals, note) {
    if (arrivals.length === 0) return;
    this.#refused.hidden = true;
    this.#batches.push({ arrivals, note, at: 0, first: "", refused: [] });
    if (!this.#taker.ready() && !this.#early && arrivals[0]) {
      this.#early = { file: arrivals[0], bytes: contentOf(arrivals[0]) };
      this.#early.bytes.catch(() => {}); // told when its turn comes
    }
    void this.go();
  }

  /** Takes what waits, as soon as there is a model; resolves when the first of it is taken. */
  async go() {
    if (this.#running || !this.#taker.ready()) return;
    this.#running = true;
    await this.#step();
    void this.#rest();
  }

  async #rest() {
    while (this.waits) await this.#step();
    this.#running = this.#stopped = false;
    this.#box.hidden = true;
    this.#taker.coming(false);
  }

  async #step() {
    const batch = this.#next();
    if (!batch) return;
    this.#show();
    await this.#take(batch);
    if (batch.at === batch.arrivals.length || this.#stopped || this.#taker.full()) this.#end(batch);
  }

  /** Whoever drops a photo while many others come in sees it at once: the first of each batch goes before the rest. */
  #next() {
    return this.#batches.find(({ first }) => !first) ?? this.#batches[0];
  }

  /** @param {Batch} batch */
  async #take(batch) {
    const file = batch.arrivals[batch.at++];
    if (!file) return;
    try {
      const bytes = await (this.#early?.file === file ? this.#early.bytes : contentOf(file));
      this.#early = undefined;
      await (batch.first ? this.#taker.pin(bytes, file.name) : this.#taker.show(bytes, file.name));
      batch.first ||= file.name;
    } catch (error) {
      batch.refused.push({ name: file.name, why: whyNot(file, error) });
    }
  }

  /** @param {Batch} batch what is left of it is not taken */
  #end(batch) {
    this.#batches = this.#batches.filter((one) => one !== batch);
    const { arrivals, note, at, first, refused } = batch;
    if (arrivals.length === 1) {
      if (refused[0]) this.#taker.alert(refused[0].why);
      return;
    }
    const left = arrivals.length - at;
    if (refused.length === 0 && left === 0) return this.#taker.say(`${note}; this is the first, ${first}, and all are pinned.`);
    const parts = [`${note}; ${count(at - refused.length)} pinned`];
    if (refused.length > 0) parts.push(`${refused.length} could not be used: ${named(refused)}`);
    if (left > 0) parts.push(this.#stopped ? `${left} were left when you stopped` : `${left} found no room, as the board holds ${MAX_PINS} pins`);
    this.#taker.alert(`${parts.join("; ")}.`);
    this.#list(refused);
  }

  /** Why each was refused. @param {Refusal[]} refused */
  #list(refused) {
    this.#refused.hidden = refused.length === 0;
    one("[data-testid=refused] summary", HTMLElement).textContent = refused.length === 1 ? "Why one could not be used" : `Why ${refused.length} could not be used`;
    one("[data-testid=refused] ul", HTMLElement).replaceChildren(...refused.map(({ why }) => Object.assign(document.createElement("li"), { textContent: why })));
  }

  /** How far many photos have come. */
  #show() {
    const all = this.#batches.reduce((sum, { arrivals }) => sum + arrivals.length, 0);
    const done = this.#batches.reduce((sum, { at }) => sum + at, 0);
    this.#box.hidden = all === 1;
    this.#taker.coming(all > 1);
    one("#intake-text", HTMLElement).textContent = `${done + 1} of ${all}`;
    Object.assign(hook("intake-progress", HTMLProgressElement), { max: all, value: done });
  }
}

/** @param {number} many */
function count(many) {
  return many === 1 ? "1 is" : `${many} are`;
}

/** @param {Refusal[]} refused */
function named(refused) {
  const names = refused.slice(0, NAMED).map(({ name }) => name).join(", ");
  return refused.length > NAMED ? `${names} and ${refused.length - NAMED} more` : names;
}
