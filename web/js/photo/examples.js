// Photographs for a visitor who has none at hand: three to try with one click, the first of which opens the page.
import { hook } from "../dom.js";

/** @typedef {import("./desk.js").Photo} Photo */

export class Examples {
  #list = hook("examples", HTMLElement);

  /** @param {(photo: Photo) => void} take one was clicked @param {(error: unknown) => void} failed it could not be fetched */
  constructor(take, failed) {
    this.#list.addEventListener("click", ({ target }) => {
      const button = target instanceof Element && target.closest("button");
      if (button instanceof HTMLElement) fetched(button).then(take, failed);
    });
  }

  /** @returns {Promise<Photo>} */
  first() {
    const [button] = this.#list.getElementsByTagName("button");
    return button ? fetched(button) : Promise.reject(new Error("The page has no examples."));
  }
}

/** @param {HTMLElement} button @returns {Promise<Photo>} */
async function fetched(button) {
  const image = button.querySelector("img");
  const response = await fetch(image?.src ?? "");
  if (!response.ok) throw new Error(`The example did not come: the server answered ${response.status}.`);
  return { bytes: new Uint8Array(await response.arrayBuffer()), name: image?.alt ?? "" };
}
