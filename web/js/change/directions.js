// The model's directions, read from its file for their names. The program checks the same bytes.

/**
 * @typedef {object} Direction
 * @property {string} name
 * @property {"colour" | "garment"} kind
 * @property {string} less
 * @property {string} more
 * @property {number} strength
 */

/** @param {Uint8Array} file @returns {Direction[]} in the order that amounts have */
export function directionsIn(file) {
  return JSON.parse(new TextDecoder().decode(file)).directions;
}
