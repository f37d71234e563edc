// What the model sees of a photo: the garment alone, on white, or the whole photo. Only a model that cuts garments out has
// the choice, and it is remembered until the tab closes.
import { hook } from "../dom.js";
import { remember, remembered } from "../keep/choice.js";

const KEY = "stylewalk-subject";

export class Subject {
  #choice = hook("subject", HTMLElement);
  #whole = hook("subject-whole", HTMLInputElement);
  #note = hook("subject-note", HTMLElement);
  #offered = false;

  /** @param {() => void} onChange the visitor has chosen */
  constructor(onChange) {
    this.#whole.checked = remembered(KEY) === "whole";
    this.#choice.addEventListener("change", () => {
      remember(KEY, this.whole ? "whole" : "garment");
      onChange();
    });
  }

  /** Whether the visitor wants the whole photo. */
  get whole() {
    return this.#whole.checked;
  }

  /** Another model is here. @param {any} card model.json */
  modelCame({ cutout }) {
    this.#offered = Boolean(cutout);
    this.#choice.hidden = true;
  }

  /**
   * A photo is shown: says what became of its background, and offers the other way.
   * @param {import("../protocol.js").Reconstruction} made
   * @param {boolean} part whether the visitor has chosen a part of it
   */
  show({ cutOut, notCutOut }, part) {
    const missing = notCutOut && `${capital(notCutOut)}; the whole ${part ? "part" : "photo"} is used.`;
    this.#choice.hidden = !this.#offered;
    this.#note.textContent = cutOut ? "Garment cut out." : missing;
  }
}

/** @param {string} clause */
function capital(clause) {
  return clause.charAt(0).toUpperCase() + clause.slice(1);
}
