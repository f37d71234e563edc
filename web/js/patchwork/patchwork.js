// Two pictures put together: a part of the second lies on the first, where it can be moved. Pictures are RGBA, all of one side.
import { dab, edge, garment, nothing } from "../brush/mask.js";
import { sideOf } from "../side.js";

/** What can be undone. */
const REMEMBERED = 50;

/** @typedef {"top" | "bottom" | "sleeves"} Part */
/** @typedef {{ mask: Uint8ClampedArray, x: number, y: number }} State how much of each pixel of the second picture is taken, of 255, and how far it is moved */

export class Patchwork {
  /** @type {Uint8ClampedArray} */ #base;
  /** @type {Uint8ClampedArray} */ #patch;
  /** @type {State} */ #state;
  /** @type {State[]} */ #before = [];

  /** @param {Uint8ClampedArray} base @param {Uint8ClampedArray} patch */
  constructor(base, patch) {
    this.#base = base;
    this.#patch = patch;
    this.#state = empty(patch);
  }

  /** Another first picture, or another second one; what is taken stays where pictures are as large as before. @param {Uint8ClampedArray} base @param {Uint8ClampedArray} patch */
  of(base, patch) {
    if (patch.length !== this.#patch.length) [this.#state, this.#before] = [empty(patch), []];
    this.#base = base;
    this.#patch = patch;
  }

  get undoable() {
    return this.#before.length > 0;
  }

  /** What follows can be undone at once: a stroke, a drag, a part. */
  remember() {
    this.#before.push({ ...this.#state, mask: this.#state.mask.slice() });
    if (this.#before.length > REMEMBERED) this.#before.shift();
  }

  undo() {
    this.#state = this.#before.pop() ?? this.#state;
  }

  /** Nothing is taken any more. */
  clear() {
    this.remember();
    this.#state = empty(this.#patch);
  }

  /** Takes a part of the garment, and nothing else. @param {Part} part */
  take(part) {
    this.remember();
    const side = sideOf(this.#patch);
    const share = SHARES[part](around(garment(this.#patch), side));
    this.#state.mask = nothing(this.#patch).map((_, at) => 255 * share(at % side + 0.5, Math.floor(at / side) + 0.5));
  }

  /** A dab of the brush, in pixels of the first picture. @param {number} x @param {number} y @param {number} radius @param {boolean} more takes there; otherwise gives back */
  dab(x, y, radius, more) {
    dab(this.#state.mask, x - this.#state.x, y - this.#state.y, radius, more);
  }

  /** The part moves, in pixels. @param {number} right @param {number} down */
  move(right, down) {
    this.#state.x += right;
    this.#state.y += down;
  }

  /** Both as one picture. @returns {Uint8ClampedArray} */
  picture() {
    const { mask, x, y } = this.#state;
    const made = this.#base.slice();
    const side = sideOf(made);
    for (let at = 0; at < side * side; at++) {
      const [column, row] = [at % side - Math.round(x), Math.floor(at / side) - Math.round(y)];
      if (column < 0 || row < 0 || column >= side || row >= side) continue;
      const from = row * side + column;
      const share = (mask[from] ?? 0) / 255;
      for (let channel = 0; share > 0 && channel < 3; channel++) {
        made[4 * at + channel] = (made[4 * at + channel] ?? 0) * (1 - share) + (this.#patch[4 * from + channel] ?? 0) * share;
      }
    }
    return made;
  }
}

/** @param {Uint8ClampedArray} patch @returns {State} nothing of it */
function empty(patch) {
  return { mask: nothing(patch), x: 0, y: 0 };
}

/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box in pixels */
/** @typedef {(x: number, y: number) => number} Share how much of a pixel belongs to a part, 0 to 1 */

/** Where parts end: in the middle of a garment's height, and where sleeves begin. @type {Record<Part, (box: Box) => Share>} */
const SHARES = {
  top: ({ top, bottom }) => (_, y) => edge((top + bottom) / 2 - y),
  bottom: ({ top, bottom }) => (_, y) => edge(y - (top + bottom) / 2),
  sleeves: ({ left, right }) => (x) => edge(Math.abs(x - (left + right) / 2) - 0.29 * (right - left)),
};

/** Where a garment lies; all of a picture that has none. @param {import("../brush/mask.js").Mask} found @param {number} side @returns {Box} */
function around(found, side) {
  const box = { left: side, top: side, right: 0, bottom: 0 };
  for (let at = 0; at < found.length; at++) {
    if (found[at] === 0) continue;
    const [x, y] = [at % side, Math.floor(at / side)];
    box.left = Math.min(box.left, x);
    box.top = Math.min(box.top, y);
    box.right = Math.max(box.right, x + 1);
    box.bottom = Math.max(box.bottom, y + 1);
  }
  return box.right > 0 ? box : { left: 0, top: 0, right: side, bottom: side };
}
