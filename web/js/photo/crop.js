// Choosing a part of the photo: turn it, move and size a square. The page only shows a reduced picture, as the worker decodes
// it: browsers turn some files otherwise. The worker cuts the photo itself, by the same fractions.
import { hook, one } from "../dom.js";

/** Longer side of the picture that is shown, in CSS pixels at most. */
const SHOWN = 480;
/** Pixels of its longer side that are asked for, for screens with two for each of CSS. */
export const ASKED = 960;
/** The smallest square: 64 pixels of what is shown would be no more than the network sees. */
const LEAST = 0.1;
const STEP = 0.02;

/** @typedef {import("../protocol.js").View} View */

/**
 * Asks for a part of the photo.
 * @param {import("../../wasm/viewer.js").Preview} photo made small
 * @returns {Promise<View | undefined>} none when the visitor left it
 */
export async function askForView({ pixels, width, height }) {
  const picture = await createImageBitmap(new ImageData(new Uint8ClampedArray(pixels), width, height));
  const dialog = one("#crop-dialog", HTMLDialogElement);
  const crop = new Crop(picture);
  const leave = new AbortController();
  crop.listen(leave.signal);
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((closed) => dialog.addEventListener("close", () => closed(undefined), { once: true }));
  leave.abort();
  picture.close();
  return dialog.returnValue === "use" ? crop.view : undefined;
}

class Crop {
  #picture;
  #canvas = hook("crop-canvas", HTMLCanvasElement);
  #size = hook("crop-size", HTMLInputElement);
  #turns = 0;
  /** The square's middle and side, in fractions of the longer side. */ #square = { x: 0.5, y: 0.5, side: 1 };

  /** @param {ImageBitmap} picture */
  constructor(picture) {
    this.#picture = picture;
    this.#start();
  }

  /** @returns {View} */
  get view() {
    const { x, y, side } = this.#square;
    return { turns: this.#turns, left: x - side / 2, top: y - side / 2, side };
  }

  /** @param {AbortSignal} signal */
  listen(signal) {
    this.#size.addEventListener("input", () => this.#resize(Number(this.#size.value)), { signal });
    hook("crop-turn", HTMLButtonElement).addEventListener("click", () => { this.#turns = (this.#turns + 1) % 4; this.#start(); }, { signal });
    this.#canvas.addEventListener("pointerdown", (event) => { this.#canvas.setPointerCapture(event.pointerId); this.#follow(event); }, { signal });
    this.#canvas.addEventListener("pointermove", (event) => { if (this.#canvas.hasPointerCapture(event.pointerId)) this.#follow(event); }, { signal });
    this.#canvas.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#canvas.addEventListener("contextrestored", () => this.#draw(), { signal });
  }

  /** Width and height of the turned picture, in fractions of its longer side. */
  get #extent() {
    const { width, height } = this.#picture;
    const longer = Math.max(width, height);
    const extent = { width: width / longer, height: height / longer };
    return this.#turns % 2 === 0 ? extent : { width: extent.height, height: extent.width };
  }

  /** The largest square in the middle. */
  #start() {
    const { width, height } = this.#extent;
    const side = Math.min(width, height);
    this.#square = { x: width / 2, y: height / 2, side };
    Object.assign(this.#size, { min: String(Math.min(LEAST, side)), max: String(side), step: "any" });
    this.#size.value = String(side);
    this.#draw();
  }

  /** @param {number} side */
  #resize(side) {
    this.#square.side = side;
    this.#move(this.#square.x, this.#square.y);
  }

  /** @param {number} x @param {number} y the middle; kept so that the square stays inside */
  #move(x, y) {
    const { width, height } = this.#extent;
    const half = this.#square.side / 2;
    this.#square.x = Math.min(width - half, Math.max(half, x));
    this.#square.y = Math.min(height - half, Math.max(half, y));
    this.#draw();
  }

  /** @param {PointerEvent} event */
  #follow(event) {
    const box = this.#canvas.getBoundingClientRect();
    const { width, height } = this.#extent;
    this.#move(((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!x && !y) return;
    event.preventDefault();
    this.#move(this.#square.x + STEP * (x ?? 0), this.#square.y + STEP * (y ?? 0));
  }

  #draw() {
    const { width, height } = this.#extent;
    const canvas = this.#canvas;
    [canvas.width, canvas.height] = [Math.max(1, Math.round(SHOWN * width)), Math.max(1, Math.round(SHOWN * height))];
    const pen = canvas.getContext("2d");
    if (!pen) return;
    pen.save();
    pen.translate(canvas.width / 2, canvas.height / 2);
    pen.rotate((this.#turns * Math.PI) / 2);
    const [across, down] = this.#turns % 2 === 0 ? [canvas.width, canvas.height] : [canvas.height, canvas.width];
    pen.drawImage(this.#picture, -across / 2, -down / 2, across, down);
    pen.restore();
    const { left, top, side } = this.view;
    const [x, y, edge] = [left * SHOWN, top * SHOWN, side * SHOWN];
    // What is left out lies in the shade.
    pen.fillStyle = "rgb(18 23 43 / 65%)";
    pen.beginPath();
    pen.rect(0, 0, canvas.width, canvas.height);
    pen.rect(x, y, edge, edge);
    pen.fill("evenodd");
    pen.strokeStyle = "#ff6a63";
    pen.lineWidth = 3;
    pen.setLineDash([9, 6]);
    pen.strokeRect(x + 1.5, y + 1.5, edge - 3, edge - 3);
    canvas.setAttribute("aria-valuenow", String(Math.round((100 * this.#square.x) / width)));
    canvas.setAttribute("aria-valuetext", `middle at ${Math.round((100 * this.#square.x) / width)}% across, ${Math.round((100 * this.#square.y) / height)}% down`);
  }
}
