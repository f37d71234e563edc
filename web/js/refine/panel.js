// Refine: gradient descent starts at E's code and looks for a code whose picture is closer to the photo.
import { one, sentence } from "../dom.js";
import { decibels } from "../plate.js";

/** Steps after which a refinement ends by itself: what is left to gain is less than can be seen. */
const STEPS = 200;

export class RefinePanel {
  #page;
  #refiner;
  #button = one("[data-testid=refine]", HTMLButtonElement);
  #undo = one("[data-testid=refine-undo]", HTMLButtonElement);
  #pin = one("[data-testid=refine-pin]", HTMLButtonElement);
  #note = one("[data-testid=refine-note]", HTMLElement);
  #running = false;
  /** @type {import("../protocol.js").Refined | undefined} the best so far */ #best;

  /** @param {import("../page.js").Page} page @param {import("./refiner.js").Refiner} refiner */
  constructor(page, refiner) {
    this.#page = page;
    this.#refiner = refiner;
    this.#button.addEventListener("click", () => (this.#running ? refiner.stop() : void this.#refine()));
    this.#undo.addEventListener("click", () => this.#takeBack());
    this.#pin.addEventListener("click", () => this.#keep());
  }

  /** Another photo is shown, or the same anew. */
  photoCame() {
    this.#refiner.stop();
    this.#best = undefined;
    this.#undo.disabled = this.#pin.disabled = true;
    this.#note.textContent = "";
    one("#refine", HTMLElement).hidden = false;
  }

  async #refine() {
    const page = this.#page;
    const made = page.plate.made;
    if (!page.engine || !made) return;
    page.status.clear();
    this.#shows(true);
    try {
      const from = this.#best?.latent ?? made.latent;
      await this.#refiner.run(
        (worker) => worker.ask("refineBegin", made.original, from, page.features),
        STEPS,
        (refined) => { if (refined.psnr >= (this.#best?.psnr ?? made.psnr)) this.#show(refined); },
      );
      if (this.#best) page.status.say(this.#summary(this.#best));
    } catch (error) {
      page.status.alert(sentence(error));
    }
    this.#shows(false);
  }

  /** @param {boolean} running */
  #shows(running) {
    this.#running = running;
    this.#button.textContent = running ? "Stop refining" : "Refine";
  }

  /** @param {import("../protocol.js").Refined} refined */
  #show(refined) {
    this.#best = refined;
    this.#page.plate.refined(refined, "From refined numbers");
    this.#undo.disabled = this.#pin.disabled = false;
    this.#note.textContent = this.#summary(refined);
  }

  /** @param {import("../protocol.js").Refined} refined */
  #summary({ psnr }) {
    const gained = psnr - (this.#page.plate.made?.psnr ?? psnr);
    return `Refined to ${decibels(psnr)}, ${gained.toFixed(1)}\u00a0dB better than at first sight.`;
  }

  /** The refined numbers become a pin: what can be done with pins can be done with them. */
  #keep() {
    const { plate, pins, status } = this.#page;
    if (!this.#best || !plate.made) return;
    const { latent, picture } = this.#best;
    status.clear();
    const added = pins.add({ name: `${plate.name}, refined`, code: latent, thumbnail: picture, original: plate.made.original });
    if (added) status.say("The refined numbers are pinned.");
    else status.alert("The pins are full: take one away first.");
  }

  #takeBack() {
    this.photoCame();
    this.#page.plate.back();
    this.#page.status.clear();
    this.#page.status.say("Back to the encoder\u2019s own numbers.");
    this.#button.focus();
  }
}
