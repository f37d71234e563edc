// What is painted over a photo: what may change, what gets another colour, which outline the garment is to have.
import { dab, garment, nothing } from "../brush/mask.js";

/** @typedef {"change" | "part" | "outline"} Layer */
/** @typedef {import("../brush/mask.js").Mask} Mask */

/** What can be undone. */
const REMEMBERED = 50;
/** How each layer shows: red, green, blue, and how much of the photo it covers. @type {Record<Layer, readonly [number, number, number, number]>} */
const TINTS = { change: [214, 63, 46, 0.5], part: [40, 99, 201, 0.55], outline: [25, 130, 90, 0.5] };

export class Layers {
  #photo;
  #garment;
  /** @type {Map<Layer, Mask>} those that were painted on */ #masks = new Map();
  /** @type {Map<Layer, Mask>[]} */ #before = [];

  /** @param {Uint8ClampedArray} photo RGBA, as the network sees it */
  constructor(photo) {
    this.#photo = photo;
    this.#garment = garment(photo);
  }

  get undoable() {
    return this.#before.length > 0;
  }

  /** What was painted, if anything was that has not been rubbed out since. @param {Layer} layer @returns {Mask | undefined} */
  painted(layer) {
    const mask = this.#masks.get(layer);
    return mask?.some((share) => share > 0) ? mask : undefined;
  }

  /** What follows can be undone at once. */
  remember() {
    this.#before.push(new Map([...this.#masks].map(([layer, mask]) => [layer, mask.slice()])));
    if (this.#before.length > REMEMBERED) this.#before.shift();
  }

  undo() {
    this.#masks = this.#before.pop() ?? this.#masks;
  }

  clear() {
    this.remember();
    this.#masks = new Map();
  }

  /** @param {Layer} layer @param {number} x @param {number} y @param {number} radius in pixels @param {boolean} more */
  dab(layer, x, y, radius, more) {
    const mask = this.#masks.get(layer) ?? this.#first(layer).slice();
    dab(mask, x, y, radius, more);
    this.#masks.set(layer, mask);
  }

  /** A layer before anybody has painted on it: an outline begins as the garment's own. @param {Layer} layer @returns {Mask} */
  #first(layer) {
    return layer === "outline" ? this.#garment : nothing(this.#photo);
  }

  /** The photo under one layer. @param {Layer} layer @returns {Uint8ClampedArray} RGBA */
  picture(layer) {
    const mask = this.#masks.get(layer) ?? this.#first(layer);
    const [red, green, blue, most] = TINTS[layer];
    const made = this.#photo.slice();
    for (let at = 0; at < mask.length; at++) {
      const share = most * (mask[at] ?? 0) / 255;
      [red, green, blue].forEach((tint, channel) => {
        made[4 * at + channel] = (made[4 * at + channel] ?? 0) * (1 - share) + tint * share;
      });
    }
    return made;
  }
}
