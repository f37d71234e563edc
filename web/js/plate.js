// The plate: photo, numbers, reconstruction, and how close it came.
import { Compare } from "./compare.js";
import { one } from "./dom.js";
import { ribbon } from "./ribbon.js";
import { label, paint, percent, verdict } from "./tiles.js";
import { time } from "./why.js";

/** @typedef {import("./protocol.js").Reconstruction} Reconstruction */

export class Plate {
  #original = one("[data-testid=original]", HTMLCanvasElement);
  #reconstruction = one("[data-testid=reconstruction]", HTMLCanvasElement);
  #tile = one("#reconstruction-tile", HTMLElement);
  #stitch = ribbon(one("#ribbon", HTMLCanvasElement));
  #compare = new Compare();
  #shown = 0;
  /** @type {Reconstruction | undefined} what is shown, a refinement's steps left out */ #made;
  /** Whether a better code than E's is shown. */ #refined = false;
  /** @type {() => void} another photo is shown */ onPhoto = () => {};

  working() {
    this.#tile.classList.add("working");
    this.#tile.setAttribute("aria-busy", "true");
  }

  idle() {
    this.#tile.classList.remove("working");
    this.#tile.setAttribute("aria-busy", "false");
  }

  /** @param {Reconstruction} made @param {string} name of the photo */
  show(made, name) {
    this.idle();
    this.#made = made;
    this.#refined = false;
    paint(this.#original, made.original, `Your photo, ${name}${made.cutOut ? ", its garment alone on white" : ""}, at 64 by 64 pixels`);
    this.#rebuilt(made.reconstruction, made.latent, made.probability);
    this.#judged(made.probabilityOriginal);
    one("#original-note", HTMLElement).textContent = name;
    one("#reconstruction-caption", HTMLElement).textContent = "From the numbers";
    one("[data-testid=psnr]", HTMLElement).textContent = decibels(made.psnr);
    one("[data-testid=time]", HTMLElement).textContent = time(made.milliseconds);
    one("[data-testid=latent]", HTMLElement).textContent = [...made.latent].map((value) => value.toFixed(4)).join(" ");
    this.#stitch(made.latent);
    this.#compare.show(made.original, made.reconstruction);
    one("#figures", HTMLElement).hidden = false;
    this.onPhoto();
    // Last: tests wait for it, and then everything above is shown.
    this.#reconstruction.dataset.made = String(++this.#shown);
  }

  /** What E and G made of the photo that is shown. */
  get made() {
    return this.#made;
  }

  /** D has come after what is shown. @param {Reconstruction} made @param {ArrayLike<number>} probabilities of the photo and of what was made of it */
  judged(made, { 0: original, 1: rebuilt }) {
    Object.assign(made, { probability: rebuilt, probabilityOriginal: original });
    if (made !== this.#made) return;
    this.#judged(original);
    if (!this.#refined) this.#rebuilt(made.reconstruction, made.latent, rebuilt);
  }

  /** @param {Uint8ClampedArray} picture @param {Float32Array} latent @param {number | undefined} probability */
  #rebuilt(picture, latent, probability) {
    paint(this.#reconstruction, picture, `Its reconstruction from ${latent.length} numbers${verdict(probability)}`);
    label(one("[data-testid=score]", HTMLElement), probability);
    one("#verdict", HTMLElement).textContent = percent(probability);
  }

  /** @param {number | undefined} probability of the photo */
  #judged(probability) {
    label(one("[data-testid=score-original]", HTMLElement), probability);
    one("#verdict-original", HTMLElement).textContent = percent(probability);
  }

  /** A better code for the same photo. @param {Pick<import("./protocol.js").Refined, "picture" | "latent" | "psnr"> & { probability: number | undefined }} refined @param {string} caption */
  refined({ picture, latent, probability, psnr }, caption) {
    this.#refined = true;
    this.#rebuilt(picture, latent, probability);
    one("#reconstruction-caption", HTMLElement).textContent = caption;
    one("[data-testid=psnr]", HTMLElement).textContent = decibels(psnr);
    one("[data-testid=latent]", HTMLElement).textContent = [...latent].map((value) => value.toFixed(4)).join(" ");
    this.#stitch(latent);
    if (this.#made) this.#compare.show(this.#made.original, picture);
  }

  /** Until there is a photo, the reconstruction's place shows a sample. @param {import("./protocol.js").Samples} samples */
  showSample(samples) {
    const [pixels] = samples.images;
    if (this.#shown > 0 || !pixels) return;
    paint(this.#reconstruction, pixels, "A sample, until there is a photo");
    one("#reconstruction-caption", HTMLElement).textContent = "A sample for now";
  }

  /** @param {Reconstruction} made */
  summary(made) {
    return `Reconstructed in ${time(made.milliseconds)}, at ${decibels(made.psnr)}.`;
  }
}

/** @param {number} psnr */
export function decibels(psnr) {
  return Number.isFinite(psnr) ? `${psnr.toFixed(1)}\u00a0dB` : "identical";
}
