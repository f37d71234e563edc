// How the walk goes, as the form shows it.
import { one } from "../dom.js";

/**
 * @typedef {object} WalkSettings
 * @property {"line" | "corners"} mode  from pin to pin, or between four
 * @property {"straight" | "spherical"} interpolation  between two pins
 * @property {"even" | "gentle"} easing  gentle rests at pins
 * @property {boolean} loop
 * @property {number} seconds  from pin to pin
 */

export class WalkForm {
  #form = one("#walk-form", HTMLFormElement);
  #shown = one("#seconds-shown", HTMLOutputElement);

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#form.addEventListener("input", () => { this.#showSeconds(); onChange(); });
    this.#showSeconds();
  }

  /** @returns {WalkSettings} */
  get settings() {
    const { mode, interpolation, easing, loop, seconds } = this.#fields;
    return {
      mode: mode.value === "corners" ? "corners" : "line",
      interpolation: interpolation.value === "spherical" ? "spherical" : "straight",
      easing: easing.value === "gentle" ? "gentle" : "even",
      loop: loop.checked,
      seconds: Number(seconds.value),
    };
  }

  /** @param {WalkSettings} settings */
  set settings({ mode, interpolation, easing, loop, seconds }) {
    const fields = this.#fields;
    fields.mode.value = mode;
    fields.interpolation.value = interpolation;
    fields.easing.value = easing;
    fields.loop.checked = loop;
    fields.seconds.value = String(seconds);
    this.#showSeconds();
  }

  get #fields() {
    const fields = this.#form.elements;
    return {
      mode: /** @type {RadioNodeList} */ (fields.namedItem("mode")),
      interpolation: /** @type {RadioNodeList} */ (fields.namedItem("interpolation")),
      easing: /** @type {RadioNodeList} */ (fields.namedItem("easing")),
      loop: /** @type {HTMLInputElement} */ (fields.namedItem("loop")),
      seconds: /** @type {HTMLInputElement} */ (fields.namedItem("seconds")),
    };
  }

  #showSeconds() {
    this.#shown.textContent = `${this.#fields.seconds.value}\u00a0s`;
  }
}
