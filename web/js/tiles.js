// Pictures on the page: 64x64 canvases that CSS enlarges, each with D's probability and a name for screen readers.
import { lasting } from "./lasting.js";

const SIDE = 64;

/** @param {number} probability @returns {string} */
export function percent(probability) {
  return `${Math.round(probability * 100)}%`;
}

/** @param {HTMLCanvasElement} canvas @param {Uint8ClampedArray} pixels RGBA @param {string} name */
export function paint(canvas, pixels, name) {
  const picture = new ImageData(new Uint8ClampedArray(pixels), SIDE, SIDE);
  lasting(canvas, () => canvas.getContext("2d")?.putImageData(picture, 0, 0));
  canvas.setAttribute("aria-label", name);
  canvas.closest(".frame")?.classList.add("filled");
}

/** @param {HTMLElement} tag @param {number} probability D's */
export function label(tag, probability) {
  tag.textContent = percent(probability);
  tag.title = "The discriminator\u2019s probability that this is a photo";
  tag.hidden = false;
}

/**
 * @param {Element} list
 * @param {import("./protocol.js").Samples} samples
 * @param {(index: number) => HTMLElement} act what can be done with one
 */
export function showSamples(list, samples, act) {
  list.replaceChildren(...samples.images.map((pixels, index) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    canvas.setAttribute("role", "img");
    const probability = samples.probabilities[index] ?? 0;
    paint(canvas, pixels, `Sample ${index + 1} of ${samples.images.length}, ${percent(probability)} real to the discriminator`);
    const tag = document.createElement("span");
    tag.className = "tag";
    label(tag, probability);
    const item = document.createElement("li");
    item.append(canvas, tag, act(index));
    return item;
  }));
}
