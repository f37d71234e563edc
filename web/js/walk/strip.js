// The strip: a few pictures of the walk. A click on one goes there; the slider beside the picture does so by keyboard.
import { Stage } from "../stage.js";

const PICTURES = 9;

export class Strip {
  count = PICTURES;
  #stage;

  /** @param {HTMLElement} frame @param {(fraction: number) => void} onSeek gets a place in the walk, 0 to 1 @param {() => HTMLCanvasElement} makeCanvas */
  constructor(frame, onSeek, makeCanvas) {
    this.#stage = new Stage(frame, makeCanvas);
    frame.addEventListener("click", (event) => {
      const box = frame.getBoundingClientRect();
      const picture = Math.floor(((event.clientX - box.left) / box.width) * PICTURES);
      onSeek(picture / (PICTURES - 1));
    });
  }

  /** @param {import("../engine.js").Engine} engine @param {Float32Array} codes */
  show(engine, codes) {
    return this.#stage.show(engine, codes, PICTURES);
  }
}
