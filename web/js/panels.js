// What a visitor does once a picture is there. All of it comes after the first one, which so waits for none of it; until
// then index.html has these parts of the page inert.
import { ChangePanel } from "./change/panel.js";
import { hook, one } from "./dom.js";
import { ExportPanel } from "./export/panel.js";
import { SharePanel } from "./keep/share.js";
import { Work } from "./keep/work.js";
import { NearestPanel } from "./nearest/panel.js";
import { PatchworkPanel } from "./patchwork/panel.js";
import { offerClear } from "./pins/clear.js";
import { showTray } from "./pins/tray.js";
import { RefinePanel } from "./refine/panel.js";
import { Refiner } from "./refine/refiner.js";
import { Samples } from "./samples.js";
import { Take } from "./take.js";
import { Tabs } from "./tabs.js";
import { TrainPanel } from "./train/panel.js";
import { WalkPanel } from "./walk/panel.js";
import { WishPanel } from "./wish/panel.js";

/** @typedef {import("./page.js").Page} Page */

/**
 * What panels ask of main.js.
 * @typedef {object} Main
 * @property {(files: import("./protocol.js").ModelFiles) => Promise<void>} openModel  makes them the page's model
 * @property {(pixels: Uint8ClampedArray, name: string) => Promise<void>} takePicture  a picture of the page's own becomes the photo
 */

export class Panels {
  samples;
  share;
  work;
  training;
  /** Those that hear of something; a new panel is one line here. @type {import("./page.js").Panel[]} */ all;
  #page;
  #walk;

  /** @param {Page} page @param {Main} main */
  constructor(page, { openModel, takePicture }) {
    this.#page = page;
    const refiner = new Refiner(page);
    const change = new ChangePanel(page);
    const walk = this.#walk = new WalkPanel(page);
    const share = this.share = new SharePanel(page, walk);
    this.samples = new Samples(page);
    this.work = new Work(page, { walk, change, share });
    this.training = new TrainPanel(page, openModel);
    this.all = [this.samples, walk, change, new PatchworkPanel(page, takePicture), share, refiner, new RefinePanel(page, refiner), new WishPanel(page, refiner), this.training, this.work, new Take(page), new NearestPanel(page, walk, this.samples)];
    new ExportPanel(page, walk);
    new Tabs(one("[role=tablist]", HTMLElement), this.all);
    showTray(hook("pins", HTMLElement), page.pins);
    offerClear(page.pins);
    page.pins.addEventListener("change", () => { hook("pins-empty", HTMLElement).hidden = page.pins.all.length > 0; });
    hook("walk-samples", HTMLButtonElement).addEventListener("click", () => void this.#walkSamples());
  }

  /** They hear of what came before them, and a hand may use them. @param {import("./model/model.js").Model | undefined} model */
  begin(model) {
    for (const panel of this.all) {
      if (model) panel.modelCame?.(model);
      if (this.#page.plate.made) panel.photoCame?.();
    }
    if (this.#page.pins.all.length > 0) this.#page.pins.dispatchEvent(new Event("change"));
    for (const part of document.querySelectorAll("[inert]")) part.removeAttribute("inert");
  }

  /** For a visitor who has not pinned two pictures yet: pins samples until there are enough, and begins the walk. */
  async #walkSamples() {
    this.#page.status.clear();
    this.samples.pinSome();
    await this.#walk.refresh();
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.#walk.play();
    hook("walk-play", HTMLElement).focus();
  }
}
