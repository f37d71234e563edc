// Finding the page's elements and making new ones.
import { lasting } from "./lasting.js";
import { imageOf } from "./side.js";

/**
 * The page's own element. A missing one is a mistake in index.html, so it throws.
 * @template {Element} T
 * @param {string} selector
 * @param {{ new (): T }} type
 * @returns {T}
 */
export function one(selector, type) {
  const element = document.querySelector(selector);
  if (!(element instanceof type)) throw new Error(`index.html has no ${type.name} at ${selector}`);
  return element;
}

/** The page's own element by its hook. @template {Element} T @param {string} name @param {{ new (): T }} type @returns {T} */
export function hook(name, type) {
  return one(`[data-testid=${name}]`, type);
}

/** @param {string} style @param {string} name for screen readers @param {() => void} act @returns {HTMLButtonElement} */
export function button(style, name, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = style;
  made.setAttribute("aria-label", name);
  made.addEventListener("click", act);
  return made;
}

/** A square picture's pixels on a canvas of their own. @param {Uint8ClampedArray} pixels RGBA @returns {HTMLCanvasElement} */
export function canvas(pixels) {
  const made = document.createElement("canvas");
  const picture = imageOf(pixels);
  made.width = made.height = picture.width;
  lasting(made, () => made.getContext("2d")?.putImageData(picture, 0, 0));
  return made;
}

/** @param {unknown} error */
export function sentence(error) {
  return error instanceof Error ? error.message : String(error);
}
