// The pins: codes that the visitor keeps, each with a name and the picture G makes of it.

/** @typedef {{ id: number, name: string, code: Float32Array, thumbnail: Uint8ClampedArray, original?: Uint8ClampedArray }} Pin `thumbnail` is G(code), RGBA; `original` what E saw, where that is known */

/** As many as a link can count, with room to spare. */
export const MAX_PINS = 200;

/** Fires `change` when pins come or go, and `choose` when one becomes the one that is worked on. */
export class Pins extends EventTarget {
  /** @type {Pin[]} */ #pins = [];
  #nextId = 1;
  /** @type {number | undefined} */ #chosen;
  #coming = false;
  /** What was here until it was replaced. @type {readonly Pin[]} */ #before = [];

  /** @returns {readonly Pin[]} */
  get all() {
    return this.#pins;
  }

  /** Whether more are on their way: what takes long to follow them waits for the last. */
  get coming() {
    return this.#coming;
  }

  set coming(coming) {
    const last = this.#coming && !coming;
    this.#coming = coming;
    if (last) this.dispatchEvent(new Event("change"));
  }

  get full() {
    return this.#pins.length >= MAX_PINS;
  }

  /** @returns {Pin | undefined} the one that is worked on: the last that came, unless another was chosen */
  get chosen() {
    return this.#pins.find((pin) => pin.id === this.#chosen) ?? this.#pins.at(-1);
  }

  /** Codes of these pins, one after the other. @param {readonly Pin[]} [pins] @returns {Float32Array} */
  codes(pins = this.#pins) {
    const latent = pins[0]?.code.length ?? 0;
    const codes = new Float32Array(latent * pins.length);
    pins.forEach((pin, index) => codes.set(pin.code, index * latent));
    return codes;
  }

  /**
   * Pins it, and works on it from now on. A code that is pinned already is not pinned twice.
   * @param {Omit<Pin, "id">} coming
   * @param {number} [id] of the pin whose place it takes, where that is still there
   * @returns {Pin | undefined} none when the board is full
   */
  add(coming, id) {
    const same = this.#pins.find(({ code }) => code.every((value, index) => value === coming.code[index]));
    if (same) {
      this.choose(same.id);
      return same;
    }
    const place = this.#pins.findIndex((pin) => pin.id === id);
    if (place < 0 && this.full) return undefined;
    const pin = { id: this.#nextId++, ...coming };
    if (place < 0) this.#pins.push(pin);
    else this.#pins[place] = pin;
    this.#chosen = pin.id;
    this.forget();
    this.dispatchEvent(new Event("change"));
    this.dispatchEvent(new Event("choose"));
    return pin;
  }

  /** @param {number} id */
  remove(id) {
    this.#pins = this.#pins.filter((pin) => pin.id !== id);
    this.forget();
    this.dispatchEvent(new Event("change"));
    if (this.#chosen === id) this.dispatchEvent(new Event("choose"));
  }

  /** One place towards the start (-1) or the end (1) of the walk. @param {number} id @param {-1 | 1} by */
  move(id, by) {
    const from = this.#pins.findIndex((pin) => pin.id === id);
    const [pin] = this.#pins.slice(from, from + 1);
    const to = from + by;
    if (!pin || to < 0 || to >= this.#pins.length) return;
    this.#pins.splice(from, 1);
    this.#pins.splice(to, 0, pin);
    this.forget();
    this.dispatchEvent(new Event("change"));
  }

  /** @param {number} id */
  choose(id) {
    this.#chosen = id;
    this.dispatchEvent(new Event("choose"));
  }

  /**
   * These instead of all that are here, which `bringBack` has again until something else changes. Those that have an id keep
   * it.
   * @param {readonly (Pin | Omit<Pin, "id">)[]} pins
   * @param {number} [chosen] the place of the one that is worked on
   */
  replace(pins, chosen = pins.length - 1) {
    this.#before = this.#pins;
    this.#pins = pins.slice(0, MAX_PINS).map((pin) => ({ id: this.#nextId++, ...pin }));
    this.#chosen = this.#pins[chosen]?.id;
    this.dispatchEvent(new Event("change"));
    this.dispatchEvent(new Event("choose"));
  }

  /** Whether pins went away together, and nothing has changed since. */
  get canBringBack() {
    return this.#before.length > 0;
  }

  bringBack() {
    this.replace(this.#before);
    this.forget();
  }

  /** What was replaced does not come back. */
  forget() {
    this.#before = [];
  }

  /** None of them comes back: they mean nothing any more. */
  clear() {
    this.replace([]);
    this.forget();
  }
}
