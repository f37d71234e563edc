// How the walk goes, as the form shows it.
import { one } from "../dom.js";

/**
 * @typedef {object} WalkSettings
 * @property {"line" | "corners"} mode  from pin to pin, or between four
 * @property {"straight" | "spherical"} way
 * @property {"even" | "gentle"} pace
 * @property {boolean} loop
 * @property {number} seconds  from pin to pin
 */

export class WalkForm {
  #form = one("#walk-form", HTMLFormElement);
  #told = one("#seconds-told", HTMLOutputElement);

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#form.addEventListener("input", () => { this.#tell(); onChange(); });
    this.#tell();
  }

  /** @returns {WalkSettings} */
  get settings() {
    const { mode, way, pace, loop, seconds } = this.#fields;
    return {
      mode: mode.value === "corners" ? "corners" : "line",
      way: way.value === "spherical" ? "spherical" : "straight",
      pace: pace.value === "gentle" ? "gentle" : "even",
      loop: loop.checked,
      seconds: Number(seconds.value),
    };
  }

  /** @param {WalkSettings} settings */
  set settings({ mode, way, pace, loop, seconds }) {
    const fields = this.#fields;
    fields.mode.value = mode;
    fields.way.value = way;
    fields.pace.value = pace;
    fields.loop.checked = loop;
    fields.seconds.value = String(seconds);
    this.#tell();
  }

  get #fields() {
    const fields = this.#form.elements;
    return {
      mode: /** @type {RadioNodeList} */ (fields.namedItem("mode")),
      way: /** @type {RadioNodeList} */ (fields.namedItem("way")),
      pace: /** @type {RadioNodeList} */ (fields.namedItem("pace")),
      loop: /** @type {HTMLInputElement} */ (fields.namedItem("loop")),
      seconds: /** @type {HTMLInputElement} */ (fields.namedItem("seconds")),
    };
  }

  #tell() {
    this.#told.textContent = `${this.#fields.seconds.value}\u00a0s`;
  }
}
