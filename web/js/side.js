// How large pictures are. The networks make square ones of 64 pixels a side, or of what else their model says.

/** Pixels along a side. @param {{ length: number }} pixels RGBA @returns {number} */
export function sideOf({ length }) {
  return Math.sqrt(length / 4);
}

/** A square picture. @param {Uint8ClampedArray} pixels RGBA @returns {ImageData} */
export function imageOf(pixels) {
  return new ImageData(new Uint8ClampedArray(pixels), sideOf(pixels), sideOf(pixels));
}
