// Kinds of garments, by the network for clothes that lies beside the model, or by the one that a visitor has opened.
import { hook } from "../dom.js";

export class Kinds {
  #page;
  #choice = hook("wish-kind", HTMLSelectElement);
  /** @type {Uint8Array | undefined} the card whose kinds are listed */ #listed;

  /** @param {import("../page.js").Page} page */
  constructor(page) {
    this.#page = page;
  }

  /** @returns {string | undefined} the kind that is asked for */
  get chosen() {
    return this.#choice.value || undefined;
  }

  forget() {
    this.#choice.replaceChildren(new Option("as it is", ""));
    this.#listed = undefined;
  }

  /** Lists the kinds that there are. */
  async offer() {
    const card = this.#page.features[0] ?? await this.#file(0);
    hook("wish-kinds", HTMLElement).hidden = !card;
    if (!card || card === this.#listed) return;
    this.forget();
    this.#listed = card;
    const { classes } = JSON.parse(new TextDecoder().decode(card));
    this.#choice.append(...classes.map((/** @type {string} */ name) => new Option(name, name)));
  }

  /** The network's files, fetched when they are first asked for. @returns {Promise<import("../protocol.js").FeaturesFiles>} */
  async files() {
    if (this.#page.features.length > 0) return this.#page.features;
    const [card, weights] = [await this.#file(0), await this.#file(1)];
    return card && weights ? [card, weights] : [];
  }

  /** @param {0 | 1} which */
  async #file(which) {
    const model = await this.#page.engine?.model;
    const name = model?.kinds[which];
    return name ? model?.file(name) : undefined;
  }
}
