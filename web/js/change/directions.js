// The model's directions, read from its file for their names. The program checks the same bytes.

/**
 * @typedef {object} Direction
 * @property {string} name
 * @property {"colour" | "garment"} kind
 * @property {string} less
 * @property {string} more
 * @property {number} strength
 */

/** @param {import("../protocol.js").ModelFiles} model @returns {Direction[]} in the order that amounts have */
export function directionsOf({ json, files }) {
  const card = JSON.parse(new TextDecoder().decode(json));
  const file = files.find(([name]) => name === card.directions?.name);
  return file ? JSON.parse(new TextDecoder().decode(file[1])).directions : [];
}
