// Pictures that last. When the browser's graphics process ends, canvases lose what is on them and get it back only if
// somebody draws it again.

/** @typedef {HTMLCanvasElement | OffscreenCanvas} Canvas */

/** What is on each canvas. @type {WeakMap<Canvas, () => void>} */
const drawings = new WeakMap();

/** Draws, and does so again whenever the browser has lost what was drawn. @param {Canvas} canvas @param {() => void} draw */
export function lasting(canvas, draw) {
  if (!drawings.has(canvas)) canvas.addEventListener("contextrestored", () => drawings.get(canvas)?.());
  drawings.set(canvas, draw);
  draw();
}
