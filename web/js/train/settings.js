// The settings of a training as a form: the paper's experiments, and what a visitor changes of them.
import { one } from "../dom.js";

/** @typedef {{ name: string, l1: number, l2: number, l3: number }} Preset */
const WEIGHTS = /** @type {const} */ (["l1", "l2", "l3"]);

export class SettingsForm {
  #form = one("#train-settings", HTMLFormElement);
  #preset = one("[data-testid=train-preset]", HTMLSelectElement);
  #width = one("[data-testid=train-width]", HTMLInputElement);
  /** @type {Preset[]} */ #presets = [];

  constructor() {
    this.#preset.addEventListener("change", () => this.#apply());
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#form.addEventListener("input", () => this.#fit());
    this.#fit();
  }

  /** @param {Preset[]} presets @param {boolean} hasFeatures whether L_H has a network to compare with */
  offer(presets, hasFeatures) {
    this.#presets = presets;
    const chosen = this.#preset.value || "ex8";
    this.#preset.replaceChildren(...presets.map(({ name, l1, l2, l3 }) => {
      const option = new Option(`${name}: L_AD ${l1}, L_AE ${l2}, L_H ${l3}`, name, false, name === chosen);
      option.disabled = l3 > 0 && !hasFeatures;
      return option;
    }));
    this.#apply();
  }

  #apply() {
    const preset = this.#presets.find(({ name }) => name === this.#preset.value);
    if (preset) for (const weight of WEIGHTS) this.#number(weight).value = String(preset[weight]);
  }

  /** A model's own width counts where training starts from it. */
  #fit() {
    this.#width.disabled = this.start === "model";
  }

  /** @returns {"model" | "nothing"} */
  get start() {
    return this.#checked("train-start-from") === "model" ? "model" : "nothing";
  }

  get drawn() {
    return this.#checked("train-pictures") === "drawn";
  }

  chooseOwn() {
    one("#train-own", HTMLInputElement).checked = true;
  }

  /** @param {boolean} disabled */
  lock(disabled) {
    for (const fieldset of this.#form.querySelectorAll("fieldset")) fieldset.disabled = disabled;
  }

  /** @param {"pad" | "crop"} fit @returns {import("../protocol.js").TrainingSettings} */
  read(fit) {
    const value = (/** @type {string} */ name) => this.#number(name).valueAsNumber;
    const wrong = [...this.#form.querySelectorAll("input")].find((input) => !input.disabled && !input.checkValidity());
    if (wrong) throw new Error(`${wrong.labels?.[0]?.textContent?.trim()}: ${wrong.validationMessage}`);
    return {
      l1: value("l1"),
      l2: value("l2"),
      l3: value("l3"),
      batch: value("batch"),
      width: value("width"),
      flips: one("#train-flips", HTMLInputElement).checked,
      seed: 0,
      fit,
      dataset: this.drawn ? "drawn outfits" : "photographs chosen in the browser",
      licence: this.drawn ? "CC0-1.0" : "not stated",
    };
  }

  /** @param {string} name */
  #number(name) {
    return one(`[data-testid=train-${name}]`, HTMLInputElement);
  }

  /** @param {string} name */
  #checked(name) {
    return String(new FormData(this.#form).get(name) ?? "");
  }
}
