// The plate: photo, numbers, reconstruction, and how close it came.
import { Compare } from "./compare.js";
import { one } from "./dom.js";
import { ribbon } from "./ribbon.js";
import { sideOf } from "./side.js";
import { label, paint, percent, verdict } from "./tiles.js";
import { time } from "./why.js";

/** @typedef {import("./protocol.js").Reconstruction} Reconstruction */

export class Plate {
  #original = one("[data-testid=original]", HTMLCanvasElement);
  #reconstruction = one("[data-testid=reconstruction]", HTMLCanvasElement);
  #frame = one("#original-tile .frame", HTMLElement);
  #tile = one("#reconstruction-tile", HTMLElement);
  #stitch = ribbon(one("#ribbon", HTMLCanvasElement));
  #compare = new Compare();
  #shown = 0;
  /** @type {Reconstruction | undefined} what is shown, a refinement's steps left out */ #made;
  /** Whether a better code than E's is shown. */ #refined = false;
  /** What is shown now, its code with it. @type {{ picture: Uint8ClampedArray, code: Float32Array } | undefined} */ now;
  /** Of the photo. */ name = "";
  /** @type {() => void} another photo is shown */ onPhoto = () => {};
  /** @type {(code: Float32Array) => void} another picture of one is shown */ onPicture = () => {};

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
    this.#frame.classList.remove("example");
    this.#made = made;
    this.name = name;
    this.#refined = false;
    paint(this.#original, made.original, `Your photo, ${name}${made.cutOut ? ", its garment alone on white" : ""}, at ${size(made.original)}`);
    this.#rebuilt(made.reconstruction, made.latent, made.probability);
    this.#judged(made.probabilityOriginal);
    one("#original-caption", HTMLElement).textContent = "Your photo";
    one("#original-note", HTMLElement).textContent = name;
    one("#reconstruction-caption", HTMLElement).textContent = "From the numbers";
    this.#near(made.psnr);
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
    this.now = { picture, code: latent };
    this.onPicture(latent);
    paint(this.#reconstruction, picture, `Its reconstruction from ${latent.length} numbers${verdict(probability)}`);
    label(one("[data-testid=score]", HTMLElement), probability);
    one("[data-testid=verdict]", HTMLElement).textContent = judgement(probability, this.#made?.probabilityOriginal);
    one("#probability", HTMLElement).textContent = percent(probability);
  }

  /** @param {number | undefined} probability of the photo */
  #judged(probability) {
    label(one("[data-testid=score-original]", HTMLElement), probability);
    one("#probability-original", HTMLElement).textContent = percent(probability);
  }

  /** A better code for the same photo. @param {Pick<import("./protocol.js").Refined, "picture" | "latent" | "psnr"> & { probability: number | undefined }} refined @param {string} caption */
  refined({ picture, latent, probability, psnr }, caption) {
    this.#refined = true;
    this.#rebuilt(picture, latent, probability);
    one("#reconstruction-caption", HTMLElement).textContent = caption;
    this.#near(psnr);
    one("[data-testid=latent]", HTMLElement).textContent = [...latent].map((value) => value.toFixed(4)).join(" ");
    this.#stitch(latent);
    if (this.#made) this.#compare.show(this.#made.original, picture);
  }

  /** E's own code again. */
  back() {
    if (!this.#made) return;
    this.refined({ ...this.#made, picture: this.#made.reconstruction }, "From the numbers");
    this.#refined = false;
  }

  /** @param {number} psnr */
  #near(psnr) {
    one("[data-testid=likeness]", HTMLElement).textContent = likeness(psnr);
    one("[data-testid=psnr]", HTMLElement).textContent = decibels(psnr);
  }

  /** Until there is a photo, an example shows what happens to one. @param {Reconstruction} made @param {string} name */
  showExample(made, name) {
    if (this.#shown > 0) return;
    paint(this.#original, made.original, `An example, ${name}, at ${size(made.original)}`);
    paint(this.#reconstruction, made.reconstruction, `The example made again from ${made.latent.length} numbers`);
    this.#frame.classList.add("example");
    one("#original-caption", HTMLElement).textContent = "An example";
    this.#stitch(made.latent);
  }

  /** @param {Reconstruction} made */
  summary(made) {
    return `Reconstructed in ${time(made.milliseconds)}, at ${decibels(made.psnr)}.`;
  }
}

/** Least PSNR, in dB, of what is said of it. @type {readonly [number, string][]} */
const LIKENESSES = [[Infinity, "The same"], [24, "Very close"], [20, "Close"], [16, "Alike"], [-Infinity, "Far off"]];

/** @param {number} psnr in dB */
function likeness(psnr) {
  return LIKENESSES.find(([least]) => psnr >= least)?.[1] ?? "";
}

/** What D makes of a picture, in words: a D that has learned well doubts photos, too. @param {number | undefined} probability where D is here @param {number | undefined} original the photo's */
function judgement(probability, original) {
  if (probability === undefined || original === undefined) return percent(undefined);
  return probability >= 0.9 * original ? "Yes" : probability >= 0.5 * original ? "Nearly" : "No";
}

/** @param {number} psnr */
export function decibels(psnr) {
  return Number.isFinite(psnr) ? `${psnr.toFixed(1)}\u00a0dB` : "identical";
}

/** @param {Uint8ClampedArray} picture RGBA */
function size(picture) {
  return `${sideOf(picture)} by ${sideOf(picture)} pixels`;
}
