// Pictures on the page: canvases of their pixels that CSS enlarges, each with D's probability and a name for screen readers.
import { lasting } from "./lasting.js";
import { imageOf } from "./side.js";

/** Its place where D is not here. */
const UNKNOWN = "\u2013";

/** @param {number | undefined} probability @returns {string} */
export function percent(probability) {
  return probability === undefined ? UNKNOWN : `${Math.round(probability * 100)}%`;
}

/** The end of a picture's name. @param {number | undefined} probability D's, where it is here */
export function verdict(probability) {
  return probability === undefined ? "" : `, ${percent(probability)} real to the discriminator`;
}

/** @param {HTMLCanvasElement} canvas @param {Uint8ClampedArray} pixels RGBA @param {string} name */
export function paint(canvas, pixels, name) {
  const picture = imageOf(pixels);
  if (canvas.width !== picture.width) canvas.width = canvas.height = picture.width;
  lasting(canvas, () => canvas.getContext("2d")?.putImageData(picture, 0, 0));
  canvas.setAttribute("aria-label", name);
  canvas.closest(".frame")?.classList.add("filled");
}

/** @param {HTMLElement} tag @param {number | undefined} probability D's, where it is here */
export function label(tag, probability) {
  tag.textContent = percent(probability);
  tag.title = "The discriminator\u2019s probability that this is a photo";
  tag.hidden = probability === undefined;
}

/**
 * @param {Element} list
 * @param {import("./protocol.js").Samples} samples
 * @param {(index: number) => HTMLElement} act what can be done with one
 */
export function showSamples(list, samples, act) {
  list.replaceChildren(...samples.images.map((pixels, index) => {
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    paint(canvas, pixels, "");
    const tag = document.createElement("span");
    tag.className = "tag";
    const item = document.createElement("li");
    item.append(canvas, tag, act(index));
    return item;
  }));
  judgeSamples(list, samples);
}

/** Says what D says of samples that are shown. @param {Element} list @param {import("./protocol.js").Samples} samples */
export function judgeSamples(list, { images, probabilities }) {
  for (const [index, item] of [...list.children].entries()) {
    const [canvas, tag] = [item.querySelector("canvas"), item.querySelector(".tag")];
    canvas?.setAttribute("aria-label", `Sample ${index + 1} of ${images.length}${verdict(probabilities?.[index])}`);
    if (tag instanceof HTMLElement) label(tag, probabilities?.[index]);
  }
}
