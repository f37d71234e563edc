// Painted parts of a picture: how much of each pixel belongs to one, of 255, row by row.
import { sideOf } from "../side.js";

/** A part's edge is this soft, in pixels: E and G are to see one garment, and no seam. */
const SOFT = 3;
/** Darker than this in any channel is no white ground. */
const WHITE = 235;

/** @typedef {Uint8ClampedArray} Mask */

/** @param {Uint8ClampedArray} picture RGBA @returns {Mask} nothing of it */
export function nothing(picture) {
  return new Uint8ClampedArray(sideOf(picture) ** 2);
}

/** How much of a pixel is taken, 0 to 1, that lies `inside` pixels within a part. @param {number} inside */
export function edge(inside) {
  return Math.min(1, Math.max(0, 0.5 + inside / SOFT));
}

/** A dab of the brush. @param {Mask} mask @param {number} x @param {number} y @param {number} radius in pixels @param {boolean} more takes there; otherwise gives back */
export function dab(mask, x, y, radius, more) {
  const side = Math.sqrt(mask.length);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const within = 255 * edge(radius - Math.hypot(column + 0.5 - x, row + 0.5 - y));
      const at = row * side + column;
      const now = mask[at] ?? 0;
      mask[at] = more ? Math.max(now, within) : Math.min(now, 255 - within);
    }
  }
}

/**
 * Dabs along a hand's way, so close that a quick hand leaves no gaps.
 * @param {import("./brush.js").Place} to @param {import("./brush.js").Place} from @param {number} radius in pixels @param {(x: number, y: number) => void} act
 */
export function along(to, from, radius, act) {
  const dabs = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / Math.max(1, radius / 2)));
  for (let each = 1; each <= dabs; each++) act(from.x + (to.x - from.x) * each / dabs, from.y + (to.y - from.y) * each / dabs);
}

/** What of a picture is not white ground. @param {Uint8ClampedArray} picture RGBA @returns {Mask} */
export function garment(picture) {
  return nothing(picture).map((_, at) => Math.min(...picture.subarray(4 * at, 4 * at + 3)) < WHITE ? 255 : 0);
}
