// What is on the plate leaves the page: the reconstruction as a picture, and its numbers, saved or copied.
import { hook, sentence } from "./dom.js";
import { png } from "./export/pictures.js";
import { save } from "./save.js";

/** @typedef {{ picture: Uint8ClampedArray, code: Float32Array }} Now */

export class Take {
  #page;
  /** The generator's sha256: numbers mean nothing to another. */ #generator = "";

  /** @param {import("./page.js").Page} page */
  constructor(page) {
    this.#page = page;
    this.#does("take-picture", async (now, engine) => {
      save(await png(engine, [now.picture]), "stylewalk.png", "image/png");
      return "stylewalk.png is saved.";
    });
    this.#does("take-picture-copy", async (now, engine) => {
      // Given as a promise, so that the browser still sees the click behind it.
      await copy({ "image/png": png(engine, [now.picture]) });
      return "The picture is copied.";
    });
    this.#does("take-numbers", async (now) => {
      save(new Blob([this.#file(now)]), "stylewalk-numbers.json", "application/json");
      return "stylewalk-numbers.json is saved.";
    });
    this.#does("take-numbers-copy", async (now) => {
      await copy({ "text/plain": Promise.resolve(new Blob([JSON.stringify(exact(now.code))], { type: "text/plain" })) });
      return "The numbers are copied.";
    });
  }

  /** @param {import("./model/model.js").Model} model */
  modelCame({ card }) {
    this.#generator = String(card.files[0].sha256);
  }

  /** @param {string} name of the button @param {(now: Now, engine: import("./engine.js").Engine) => Promise<string>} act @returns {void} */
  #does(name, act) {
    hook(name, HTMLButtonElement).addEventListener("click", async () => {
      const { engine, plate, status } = this.#page;
      if (!engine || !plate.now) return;
      status.clear();
      try {
        status.say(await act(plate.now, engine));
      } catch (error) {
        status.alert(`${sentence(error).replace(/[.\s]*$/, "")}: save it instead`);
      }
    });
  }

  /** docs/formats.md describes it. @param {Now} now */
  #file({ code }) {
    return `${JSON.stringify({ format: 1, generator: this.#generator, name: this.#page.plate.name, code: exact(code) })}\n`;
  }
}

/** As decimals that are the same f32 when they are read. @param {Float32Array} code */
function exact(code) {
  return [...code].map((value) => Number(value.toPrecision(9)));
}

/** @param {Record<string, Promise<Blob>>} content by type */
async function copy(content) {
  if (!navigator.clipboard?.write || !("ClipboardItem" in globalThis)) throw new Error("This browser does not let a page copy");
  await navigator.clipboard.write([new ClipboardItem(content)]);
}
