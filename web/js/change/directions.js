// The model's directions, read from its file for their names. The program checks the same bytes.

/**
 * @typedef {object} Direction
 * @property {string} name
 * @property {"colour" | "garment" | "axis" | "layer"} kind
 * @property {string} less
 * @property {string} more
 * @property {number} strength
 * @property {number[]} step
 */

/** A file of directions, read. @typedef {{ format: number, latent: number, images: number, directions: Direction[] }} DirectionsFile */

/** @param {Uint8Array} file @returns {DirectionsFile} with the directions in the order that amounts have */
export function directionsIn(file) {
  return JSON.parse(new TextDecoder().decode(file));
}
