// The settings of a training as a form: the paper's experiments, and what a visitor changes of them.
import { one } from "../dom.js";

/** @typedef {import("../../wasm/workshop.js").LossTerm} LossTerm */
/** @typedef {import("../../wasm/workshop.js").Preset} Preset */

export class SettingsForm {
  #form = one("#train-settings", HTMLFormElement);
  #preset = one("[data-testid=train-preset]", HTMLSelectElement);
  #width = one("[data-testid=train-width]", HTMLInputElement);
  /** @type {LossTerm[]} */ #terms = [];
  /** @type {Preset[]} */ #presets = [];

  constructor() {
    this.#preset.addEventListener("change", () => this.#apply());
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#form.addEventListener("input", () => this.#fit());
    this.#fit();
  }

  /** @param {import("../../wasm/workshop.js").TrainingChoices} choices @param {boolean} hasFeatures whether L_H has a network to compare with */
  offer({ terms, presets }, hasFeatures) {
    [this.#terms, this.#presets] = [terms, presets];
    // What the paper's experiments differ in comes first.
    const varied = (/** @type {LossTerm} */ { key }) => new Set(presets.map(({ weights }) => weights[key])).size > 1;
    one("#train-losses", HTMLElement).replaceChildren(...terms.filter(varied).map(field));
    one("#train-more-losses", HTMLElement).replaceChildren(...terms.filter((term) => !varied(term)).map(field));
    const chosen = this.#preset.value || "ex8";
    this.#preset.replaceChildren(...presets.map(({ name, weights }) => {
      const said = terms.filter(varied).map(({ key, symbol }) => `${symbol} ${weights[key]}`);
      const option = new Option(`${name}: ${said.join(", ")}`, name, false, name === chosen);
      option.disabled = !hasFeatures && terms.some(({ key, needsFeatures }) => needsFeatures && weights[key] !== 0);
      return option;
    }));
    this.#apply();
  }

  #apply() {
    const preset = this.#presets.find(({ name }) => name === this.#preset.value);
    if (preset) for (const { key, flag } of this.#terms) this.#number(flag).value = String(preset.weights[key]);
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

  /** @param {"pad" | "crop"} fit @param {number} side of the pictures @returns {import("../protocol.js").TrainingSettings} */
  read(fit, side) {
    const value = (/** @type {string} */ name) => this.#number(name).valueAsNumber;
    const wrong = [...this.#form.querySelectorAll("input")].find((input) => !input.disabled && !input.checkValidity());
    if (wrong) throw new Error(`${wrong.labels?.[0]?.textContent?.trim()}: ${wrong.validationMessage}`);
    return {
      losses: Object.fromEntries(this.#terms.map(({ key, flag }) => [key, value(flag)])),
      batch: value("batch"),
      width: value("width"),
      side,
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

/** A term's weight, to be changed. @param {LossTerm} term */
function field({ symbol, flag, about, source }) {
  const [label, input] = [document.createElement("label"), document.createElement("input")];
  Object.assign(input, { type: "number", min: "0", max: "1000", step: "any", required: true });
  input.dataset.testid = `train-${flag}`;
  label.className = "field";
  label.title = `${about} (${source})`;
  label.append(`${symbol} `, input);
  return label;
}
