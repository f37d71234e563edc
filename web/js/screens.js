// In the worker: canvases that pictures are drawn on. A graphics device draws by itself, straight from its memory; for the
// CPU the pixels are put there.
import { lasting } from "./lasting.js";
import { imageOf, sideOf } from "./side.js";

/** @typedef {import("../wasm/viewer.js").Session} Session */

export class Screens {
  /** @type {Map<number, { context: OffscreenCanvasRenderingContext2D | null, session: number }>} */ #screens = new Map();
  #last = 0;

  /** @param {Session} session @param {OffscreenCanvas} canvas without a context @returns {number} */
  attach(session, canvas) {
    const screen = session.draws ? { context: null, session: session.attachCanvas(canvas) } : { context: context(canvas), session: 0 };
    this.#screens.set(++this.#last, screen);
    return this.#last;
  }

  /**
   * Draws the pictures of codes as a grid; the canvas becomes as large as the pictures.
   * @param {Session} session
   * @param {number} number
   * @param {Float32Array} codes
   * @param {number} columns
   */
  async show(session, number, codes, columns) {
    const screen = this.#screens.get(number);
    if (!screen) throw new Error(`There is no canvas ${number}: attach it first.`);
    const { context } = screen;
    if (!context) return session.show(screen.session, codes, columns);
    const { images } = await session.decode(codes, false);
    lasting(context.canvas, () => put(context, images, Math.min(Math.max(columns, 1), images.length)));
  }
}

/** @param {OffscreenCanvas} canvas */
function context(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("The canvas gives no context to draw with.");
  return context;
}

/** @param {OffscreenCanvasRenderingContext2D} context @param {Uint8ClampedArray[]} images @param {number} columns */
function put(context, images, columns) {
  const side = images[0] ? sideOf(images[0]) : 0;
  context.canvas.width = columns * side;
  context.canvas.height = Math.ceil(images.length / columns) * side;
  images.forEach((pixels, index) => context.putImageData(imageOf(pixels), (index % columns) * side, Math.floor(index / columns) * side));
}
