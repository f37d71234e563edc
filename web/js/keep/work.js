// Pins, walk and changes outlive a reload: they are written down whenever they change, and are back when the page opens.
// Photographs are not kept, only their codes and pictures of 64x64 pixels.
import { sentence } from "../dom.js";
import { remember, remembered } from "./choice.js";
import { askBeforeLeaving } from "./leaving.js";
import { get, put } from "./store.js";

/** @typedef {import("./store.js").Kept} Kept */

const KEY = "stylewalk-tab";
/** What a hand does in the panels that can change what is kept. */
const HANDS = ["change", "click", "keyup", "pointerup"];

export class Work {
  #page;
  #parts;
  #model = "";
  #tab = tabOf();
  /** What is here is what was kept, or newer: before, nothing is written over that. */ #restored = false;
  /** What is here and goes over to the model that has come. @type {Kept | undefined} */ #carried;
  /** What was written last, in short. */ #written = "";
  /** @type {Promise<void> | undefined} */ #writing;
  #asked = false;
  #failed = false;
  #leaving = askBeforeLeaving();

  /**
   * @param {import("../page.js").Page} page
   * @param {{ walk: import("../walk/panel.js").WalkPanel, change: import("../change/panel.js").ChangePanel, share: import("./share.js").SharePanel }} parts
   */
  constructor(page, parts) {
    this.#page = page;
    this.#parts = parts;
    for (const event of ["change", "choose"]) page.pins.addEventListener(event, () => this.#save());
    for (const hand of HANDS) document.querySelector("#on-pins")?.addEventListener(hand, () => this.#save());
    parts.share.onTaken = () => this.#save();
  }

  /** Codes are those of this model from now on. @param {import("../model/model.js").Model} model */
  modelCame({ card }) {
    const model = String(card.files[0].sha256);
    // To the same generator, with other directions say, what is here means the same, written down yet or not.
    this.#carried = this.#restored && model === this.#model ? this.#kept() : undefined;
    this.#model = model;
    this.#restored = false;
  }

  /** What was kept for this model is back. */
  async restore() {
    const kept = this.#carried ?? await get(this.#model, this.#tab).catch(() => undefined); // it forbids keeping, which writing will tell
    this.#carried = undefined;
    if (kept) this.#show(kept);
    this.#restored = true;
    this.#written = this.#short();
  }

  /** @param {Kept} kept */
  #show({ pins, chosen, walk, changes, link }) {
    const { share } = this.#parts;
    share.taken = link;
    if (pins.length === 0) return;
    this.#parts.walk.settings = walk;
    // A quick hand may have pinned something already.
    const { all } = this.#page.pins;
    this.#page.pins.replace([...pins, ...all], all.length > 0 ? undefined : chosen);
    this.#page.pins.forget();
    this.#parts.change.changes = changes;
    this.#page.status.say(pins.length === 1 ? "The pin of your last visit is here." : `The ${pins.length} pins of your last visit are here.`);
  }

  /** Everything but the pins' own numbers and pictures, which never change. */
  #short() {
    const { pins } = this.#page;
    const { walk, change, share } = this.#parts;
    return JSON.stringify([pins.all.map(({ id }) => id), pins.chosen?.id, walk.settings, change.changes, share.taken]);
  }

  #save() {
    if (this.#restored && !this.#page.pins.coming) this.#writing ??= this.#write().finally(() => { this.#writing = undefined; });
  }

  /** While one is being written more may change: then that is written, too. */
  async #write() {
    // A click comes before what it does.
    await Promise.resolve();
    for (let short = this.#short(); short !== this.#written && !this.#failed; short = this.#short()) {
      this.#written = short;
      await put(this.#kept()).catch((error) => this.#cannot(error));
    }
    void this.#persist();
  }

  /** @returns {Kept} */
  #kept() {
    const { pins } = this.#page;
    const { walk, change, share } = this.#parts;
    return {
      ...{ model: this.#model, tab: this.#tab, when: Date.now(), link: share.taken },
      pins: pins.all.map(({ name, code, thumbnail, original }) => ({ name, code, thumbnail, original })),
      chosen: pins.all.findIndex((pin) => pin === pins.chosen),
      walk: walk.settings,
      changes: change.changes,
    };
  }

  /** @param {unknown} error */
  #cannot(error) {
    this.#failed = true;
    this.#leaving(true);
    const why = error instanceof DOMException && error.name === "QuotaExceededError" ? "there is no room left on this device" : sentence(error).replace(/[.\s]*$/, "");
    this.#page.status.alert(`This browser does not keep your pins for the next visit (${why}): save a link to them under Share before you leave.`);
  }

  /** What a visitor has made is not to go when the device needs room. Browsers may ask for that, so only once there is something. */
  async #persist() {
    if (this.#asked || this.#page.pins.all.length === 0) return;
    this.#asked = true;
    try {
      if (!(await navigator.storage?.persisted?.())) await navigator.storage?.persist?.();
    } catch {
      // It then may go.
    }
  }
}

/** This tab's name: it survives a reload. */
function tabOf() {
  const name = remembered(KEY) ?? `${Date.now()}-${Math.random()}`;
  remember(KEY, name);
  return name;
}
