// Pictures that nobody ever took: samples, each of which can be pinned. Where the model knows what photographs' codes are
// like, theirs are, unless the visitor chooses the paper's prior; that is remembered until the tab closes.
import { button, hook, sentence } from "./dom.js";
import { remember, remembered } from "./keep/choice.js";
import { judgeSamples, showSamples } from "./tiles.js";

const KEY = "stylewalk-sample-like";
const SAMPLES = 8;
/** As many pins as a walk should have to be worth seeing, and the pad has corners. */
const ENOUGH = 4;

export class Samples {
  #page;
  #list = hook("samples", HTMLElement);
  #button = hook("sample", HTMLButtonElement);
  #choice = hook("sample-like", HTMLElement);
  #prior = hook("sample-like-prior", HTMLInputElement);
  #note = hook("sample-note", HTMLElement);
  /** Whether the model knows what photographs' codes are like. */
  #offered = false;
  #seed = 1;
  /** @type {import("./protocol.js").Samples | undefined} */ #shown;
  /** @type {(codes: Float32Array[]) => void} others are shown */ onPictures = () => {};

  /** @param {import("./page.js").Page} page */
  constructor(page) {
    this.#page = page;
    this.#prior.checked = remembered(KEY) === "prior";
    this.#button.addEventListener("click", () => this.#again());
    this.#choice.addEventListener("change", () => {
      remember(KEY, this.#prior.checked ? "prior" : "photographs");
      this.#again();
    });
  }

  /** Another model is here. @param {import("./model/model.js").Model} model */
  modelCame({ card: { codes } }) {
    this.#offered = Boolean(codes);
    this.#choice.hidden = !this.#offered;
  }

  /** What came late is for the samples that are shown, too. @param {import("./model/model.js").Part} part */
  async partCame(part) {
    const [engine, shown] = [this.#page.engine, this.#shown];
    if (part !== "judge" || !engine || !shown || shown.probabilities) return;
    shown.probabilities = (await engine.ask("decode", shown.codes, true)).probabilities;
    if (shown === this.#shown) judgeSamples(this.#list, shown);
  }

  #again() {
    this.#page.status.clear();
    void this.make();
  }

  async make() {
    const engine = this.#page.engine;
    if (!engine) return;
    this.#button.disabled = true;
    try {
      const likePhotographs = this.#offered && !this.#prior.checked && await engine.bring("codes");
      this.#shown = await engine.ask("sample", this.#seed++, SAMPLES, likePhotographs);
      this.#note.textContent = likePhotographs ? "Drawn like the photographs\u2019 codes." : "Drawn from the paper\u2019s prior.";
      showSamples(this.#list, this.#shown, (index) => {
        const pin = button("pin-it", `Pin sample ${index + 1}`, () => this.#pin(index));
        pin.textContent = "Pin";
        return pin;
      });
      this.onPictures(this.#shown.images.map((_, index) => this.#code(index)));
    } catch (error) {
      this.#page.status.alert(sentence(error));
    }
    this.#button.disabled = false;
  }

  /** Pins the first samples until there are enough pins. */
  pinSome() {
    for (let index = 0; index < SAMPLES && this.#page.pins.all.length < ENOUGH; index++) this.#pin(index);
  }

  /** @param {number} index of a sample that is shown */
  #code(index) {
    const { images, codes } = this.#shown ?? { images: [], codes: new Float32Array() };
    const latent = codes.length / images.length;
    return codes.slice(index * latent, (index + 1) * latent);
  }

  /** @param {number} index */
  #pin(index) {
    const thumbnail = this.#shown?.images[index];
    if (!thumbnail) return;
    const added = this.#page.pins.add({ name: `Sample ${this.#seed - 1}.${index + 1}`, code: this.#code(index), thumbnail });
    if (!added) this.#page.status.alert("The pins are full: take one away first.");
  }
}
