// A place on the page where a device draws pictures from codes, without the page ever seeing their pixels.

/** @typedef {import("./remote.js").ModelWorker} ModelWorker */

export class Stage {
  #place;
  #makeCanvas;
  /** @type {HTMLCanvasElement | undefined} the canvas on the page */ #canvas;
  /** @type {ModelWorker | undefined} the worker that draws on it */ #worker;
  /** @type {Promise<number> | undefined} its number there */ #number;

  /**
   * @param {Element} place what the canvas stands in
   * @param {() => HTMLCanvasElement} makeCanvas gives a new one; called at first and after each change of device, because
   *   a canvas stays with the worker that it was given to
   */
  constructor(place, makeCanvas) {
    this.#place = place;
    this.#makeCanvas = makeCanvas;
  }

  /** What is drawn on: nothing before the first picture. To read it, draw it on another canvas. */
  get canvas() {
    return this.#canvas;
  }

  /**
   * Draws pictures as a grid and returns when the device is done. The canvas becomes as large as the pictures.
   * @param {import("./engine.js").Engine} engine
   * @param {Float32Array} codes one after the other, at most 64
   * @param {number} [columns] pictures side by side
   */
  show(engine, codes, columns = 1) {
    return engine.show(this, codes, columns);
  }

  /** For the engine. @param {ModelWorker} worker @param {Float32Array} codes @param {number} columns */
  async drawnBy(worker, codes, columns) {
    if (this.#worker !== worker) this.#attach(worker);
    const canvas = await this.#number;
    if (canvas !== undefined) await worker.ask("show", canvas, codes, columns);
  }

  /** @param {ModelWorker} worker */
  #attach(worker) {
    const canvas = this.#makeCanvas();
    if (this.#canvas) this.#canvas.replaceWith(canvas);
    else this.#place.append(canvas);
    this.#canvas = canvas;
    this.#worker = worker;
    this.#number = worker.ask("attach", canvas.transferControlToOffscreen());
  }
}
