// Photo and reconstruction laid over one another; a slider draws the photo aside.
import { hook } from "./dom.js";
import { imageOf, sideOf } from "./side.js";

export class Compare {
  #canvas = hook("compare-canvas", HTMLCanvasElement);
  #slider = hook("compare", HTMLInputElement);
  /** @type {[Uint8ClampedArray, Uint8ClampedArray] | undefined} */ #pair;

  constructor() {
    this.#slider.addEventListener("input", () => this.#draw());
    this.#canvas.addEventListener("contextrestored", () => this.#draw());
  }

  /** @param {Uint8ClampedArray} original @param {Uint8ClampedArray} reconstruction */
  show(original, reconstruction) {
    this.#pair = [original, reconstruction];
    this.#draw();
  }

  /** Left of the slider is the photo, right of it the reconstruction. Their own pixels, so no column is a mixture. */
  #draw() {
    if (!this.#pair) return;
    const [original, reconstruction] = this.#pair;
    const side = sideOf(original);
    const columns = Math.round((Number(this.#slider.value) / 100) * side);
    const pixels = new Uint8ClampedArray(reconstruction);
    for (let row = 0; row < side; row++) {
      const start = 4 * side * row;
      pixels.set(original.subarray(start, start + 4 * columns), start);
    }
    if (this.#canvas.width !== side) this.#canvas.width = this.#canvas.height = side;
    this.#canvas.getContext("2d")?.putImageData(imageOf(pixels), 0, 0);
    this.#slider.setAttribute("aria-valuetext", `${this.#slider.value}% photo, the rest reconstruction`);
  }
}
