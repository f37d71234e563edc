// The plate: photo, numbers, reconstruction, and how close it came.
import { Compare } from "./compare.js";
import { one } from "./dom.js";
import { ribbon } from "./ribbon.js";
import { label, paint, percent } from "./tiles.js";
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
    paint(this.#original, made.original, `Your photo, ${name}${made.cutOut ? ", its garment alone on white" : ""}, at 64 by 64 pixels`);
    paint(this.#reconstruction, made.reconstruction, `Its reconstruction from ${made.latent.length} numbers, ${percent(made.probability)} real to the discriminator`);
    label(one("[data-testid=score]", HTMLElement), made.probability);
    label(one("[data-testid=score-original]", HTMLElement), made.probabilityOriginal);
    one("#original-note", HTMLElement).textContent = name;
    one("#reconstruction-caption", HTMLElement).textContent = "From the numbers";
    one("[data-testid=psnr]", HTMLElement).textContent = decibels(made.psnr);
    one("[data-testid=time]", HTMLElement).textContent = time(made.milliseconds);
    one("[data-testid=latent]", HTMLElement).textContent = [...made.latent].map((value) => value.toFixed(4)).join(" ");
    one("#verdict", HTMLElement).textContent = percent(made.probability);
    one("#verdict-original", HTMLElement).textContent = percent(made.probabilityOriginal);
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

  /** A better code for the same photo. @param {import("./protocol.js").Refined} refined @param {string} caption */
  refined({ picture, latent, probability, psnr }, caption) {
    paint(this.#reconstruction, picture, `Its reconstruction from ${latent.length} numbers, ${percent(probability)} real to the discriminator`);
    label(one("[data-testid=score]", HTMLElement), probability);
    one("#reconstruction-caption", HTMLElement).textContent = caption;
    one("[data-testid=psnr]", HTMLElement).textContent = decibels(psnr);
    one("[data-testid=latent]", HTMLElement).textContent = [...latent].map((value) => value.toFixed(4)).join(" ");
    one("#verdict", HTMLElement).textContent = percent(probability);
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
