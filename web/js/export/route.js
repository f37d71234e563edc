// The codes of what is saved: the walk from pin to pin, or what lies between four.

/** Pictures of a strip, as on the page. */
const STRIP = 9;
/** Pictures along a side of the grid between four. */
const GRID = 5;

/** @typedef {import("../walk/panel.js").WalkPanel} WalkPanel */
/** @typedef {{ codes: Float32Array, columns: number, name: string }} Sheet pictures in rows */

/** So many pictures of the whole, evenly in time. @param {WalkPanel} walk @param {number} count */
export async function journey(walk, count) {
  if (walk.settings.mode === "line") return walk.evenly(count);
  return walk.between(Array.from({ length: count }, (_, index) => onEdge(index / count)));
}

/** All of it at a glance. @param {WalkPanel} walk @returns {Promise<Sheet>} */
export async function sheet(walk) {
  if (walk.settings.mode === "line") return { codes: walk.evenly(STRIP), columns: STRIP, name: "stylewalk-strip.png" };
  const places = Array.from({ length: GRID * GRID }, (_, at) => ({ across: (at % GRID) / (GRID - 1), down: Math.floor(at / GRID) / (GRID - 1) }));
  return { codes: await walk.between(places), columns: GRID, name: "stylewalk-grid.png" };
}

/** Once round the edge, from the first corner by the second. @param {number} part 0 to 1 @returns {{ across: number, down: number }} */
function onEdge(part) {
  const along = (4 * part) % 1;
  const sides = [{ across: along, down: 0 }, { across: 1, down: along }, { across: 1 - along, down: 1 }, { across: 0, down: 1 - along }];
  return sides[Math.floor(4 * part)] ?? { across: 0, down: 0 };
}
