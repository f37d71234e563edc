// Where photos arrive: the first of those that come at once goes on the plate, and all of them are pinned.
import { hook, sentence } from "../dom.js";
import { ASKED, askForView } from "./crop.js";
import { Examples } from "./examples.js";
import { Queue } from "./queue.js";
import { Subject } from "./subject.js";

/** @typedef {import("../protocol.js").View} View */
/** @typedef {{ bytes: Uint8Array, name: string, whole?: boolean }} Photo a file; `whole` where nothing is to be cut out of it */
/** @typedef {{ photo: Photo, view: View | undefined, pin?: number }} Sight a photo, the part of it that was chosen, and its pin */

export class Desk {
  #page;
  /** @type {Sight | undefined} what is on the plate */ #shown;
  /** @type {Sight | undefined} what is, or is about to be */ #asked;
  #subject = new Subject(() => void this.#anew());
  #examples = new Examples(
    (photo) => { this.#page.status.clear(); void this.show(photo); },
    (error) => this.#page.status.alert(sentence(error)),
  );
  /** Grows with every photo: an answer to an older one is dropped. */ #turn = 0;
  #crop = hook("crop", HTMLButtonElement);
  #queue;

  /** @param {import("../page.js").Page} page */
  constructor(page) {
    this.#page = page;
    this.#queue = new Queue({
      ready: () => page.engine !== undefined,
      coming: (coming) => { page.pins.coming = coming; },
      full: () => page.pins.full,
      show: (bytes, name) => this.#reconstruct({ photo: { bytes, name }, view: undefined }),
      pin: (bytes, name) => this.#embed({ bytes, name }),
      say: (sentence) => page.status.say(sentence),
      alert: (sentence) => page.status.alert(sentence),
    });
    this.#crop.addEventListener("click", () => void this.#cut());
  }

  /** Photos in any number, each when its turn comes. @param {import("./queue.js").Arrival[]} photos @param {string} note begins a sentence when there are several */
  take(photos, note) {
    this.#page.status.clear();
    this.#queue.add(photos, note);
    if (this.#page.engine || !photos[0]) return;
    if (hook("retry", HTMLElement).hidden) this.#page.status.say(`${photos[0].name} comes as soon as the model is here.`);
    else this.#page.status.alert(`There is no model to show ${photos[0].name} to yet: load the model again.`);
  }

  /** The model is here: photos that came before it are shown, and where there are none an example. */
  async open() {
    if (this.#queue.waits) await this.#queue.go();
    else await this.#showExample().catch(() => {}); // the page is no worse without
  }

  /** What happens to a photo, before there is one; no pin is made of it. */
  async #showExample() {
    const mine = this.#turn;
    const { bytes, name } = await this.#examples.first();
    const made = await this.#page.engine?.ask("reconstruct", bytes, this.#subject.whole);
    if (made && mine === this.#turn) this.#page.plate.showExample(made, name);
  }

  /** What the model can see is offered. @param {import("../model/model.js").Model} model */
  modelCame({ card }) {
    this.#subject.modelCame(card);
  }

  /** D judges the photo that is shown already. @param {import("../model/model.js").Part} part */
  async partCame(part) {
    const { engine, plate } = this.#page;
    const made = plate.made;
    if (part !== "judge" || !engine || !made || made.probability !== undefined) return;
    plate.judged(made, await engine.ask("judge", made.original, made.latent));
  }

  /** Another model is here: the photo on the plate is shown to it. */
  async again() {
    if (this.#shown) await this.show(this.#shown.photo);
  }

  /** One photo, at once. @param {Photo} photo */
  show(photo) {
    return this.#told({ photo, view: undefined });
  }

  /** Shows it, or says what is wrong with it. @param {Sight} sight */
  async #told(sight) {
    await this.#reconstruct(sight).catch((error) => this.#page.status.alert(`${sight.photo.name}: ${sentence(error)}`));
  }

  /** Shows it and pins it; throws what is wrong with it. @param {Sight} sight with a pin where that follows */
  async #reconstruct(sight) {
    const { photo, view } = sight;
    const mine = ++this.#turn;
    this.#asked = sight;
    this.#page.plate.working();
    try {
      const made = await this.#page.engine?.ask("reconstruct", photo.bytes, photo.whole ?? this.#subject.whole, view);
      // Seen another way meanwhile, it leaves the pin to that. Another photo takes the plate from it, but not its pin.
      if (!made || (mine !== this.#turn && this.#asked?.photo === photo)) return;
      const pin = this.#pin(view ? `${photo.name}, cut` : photo.name, { code: made.latent, thumbnail: made.reconstruction, original: made.original }, sight.pin);
      if (mine !== this.#turn) return;
      this.#crop.hidden = false;
      this.#shown = this.#asked = { ...sight, pin };
      this.#subject.show(made, view !== undefined);
      this.#page.plate.show(made, photo.name);
      this.#page.status.say(this.#page.plate.summary(made));
    } catch (error) {
      if (mine === this.#turn) {
        this.#asked = this.#shown;
        this.#page.plate.idle();
      }
      throw error;
    }
  }

  /** A photo that is only pinned. @param {Photo} photo */
  async #embed(photo) {
    const made = await this.#page.engine?.ask("embed", photo.bytes, this.#subject.whole);
    if (made) this.#pin(photo.name, { code: made.code, thumbnail: made.picture, original: made.original });
  }

  /**
   * @param {string} name @param {Omit<import("../pins/pins.js").Pin, "id" | "name">} pictures
   * @param {number} [id] of the pin whose place it takes
   * @returns {number | undefined} the pin's id
   */
  #pin(name, pictures, id) {
    const pin = this.#page.pins.add({ name, ...pictures }, id);
    if (!pin) this.#page.status.alert(`The pins are full, so ${name} is not pinned: take one away first.`);
    return pin?.id;
  }

  /** The visitor wants to see the garment alone, or the whole photo: the one on the plate follows, and its pin with it. */
  async #anew() {
    if (!this.#asked) return;
    this.#page.status.clear();
    await this.#told(this.#asked);
  }

  async #cut() {
    if (!this.#shown) return;
    const { photo } = this.#shown;
    this.#page.status.clear();
    try {
      const seen = await this.#page.engine?.ask("preview", photo.bytes, ASKED);
      const view = seen && await askForView(seen);
      if (view) await this.#reconstruct({ photo, view });
    } catch (error) {
      this.#page.status.alert(`${photo.name}: ${sentence(error)}`);
    }
  }
}
