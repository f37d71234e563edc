// The page's second program, which refines and trains: fetched when it is first asked for, with a bar wherever somebody
// waits for it. Nothing else of the page waits.
import { Refused, fetchProgram } from "./download.js";
import { openModel } from "./model/model.js";
import { Progress } from "./progress.js";
import { Remote } from "./remote.js";

/** @type {import("./download.js").Program} */
const WORKSHOP = { name: "workshop", url: new URL("../wasm/workshop_bg.wasm", import.meta.url), bytes: 14_800_000 };
/** A build on this machine is looked after so often, in ms. */
const BETWEEN_LOOKS = 2_000;

export class Workshop {
  #status;
  #bars;
  /** @type {Promise<WebAssembly.Module> | undefined} none after a failure: it can be asked for again */ #program;

  /** @param {import("./status.js").Status} status */
  constructor(status) {
    this.#status = status;
    this.#bars = [...document.querySelectorAll("[data-workshop]")].map((place) => Progress.in(place));
  }

  /**
   * A worker of its own, on this device.
   * @param {import("./protocol.js").DeviceKind} device
   * @param {import("./model/model.js").Model} [model] opened in it
   * @param {readonly string[]} [files] of the model, those that are needed
   */
  async open(device, model, files) {
    const program = await this.#fetched();
    /** @type {import("./remote.js").WorkshopWorker} */
    const worker = new Remote(new Worker(new URL("./workshop/worker.js", import.meta.url), { type: "module" }));
    try {
      await worker.ask("open", program, device);
      if (model) await openModel(worker, model, files);
      return worker;
    } catch (error) {
      worker.close();
      throw error;
    }
  }

  /** What needs neither a device nor a model. @template T @param {(worker: import("./remote.js").WorkshopWorker) => Promise<T>} work @returns {Promise<T>} */
  async once(work) {
    const worker = await this.open("cpu");
    try {
      return await work(worker);
    } finally {
      worker.close();
    }
  }

  #fetched() {
    this.#program ??= this.#fetch().catch((error) => {
      this.#program = undefined;
      throw error;
    });
    return this.#program;
  }

  async #fetch() {
    for (const bar of this.#bars) bar.show();
    this.#status.say("The workshop, which refines and trains, is on its way. The page goes on meanwhile.");
    try {
      return await this.#whole();
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/[.\s]*$/, "") : error;
      const there = navigator.onLine ? "" : " There is no network, and this device has not kept it yet.";
      throw new Error(`The workshop did not come: ${reason}.${there} Ask again to try once more; the rest of the page goes on.`);
    } finally {
      for (const bar of this.#bars) bar.hide();
    }
  }

  /** @returns {Promise<WebAssembly.Module>} */
  async #whole() {
    for (;;) {
      try {
        return await fetchProgram(WORKSHOP, (name, got, size) => { for (const bar of this.#bars) bar.bytes(name, got, size); }, (seconds) => { for (const bar of this.#bars) bar.silent(seconds); });
      } catch (error) {
        if (!(error instanceof Refused && await beingBuilt())) throw error;
        for (const bar of this.#bars) bar.waiting("(still being built on this machine)");
        this.#status.say("The workshop is still being built on this machine: it begins by itself when it is there.");
        await new Promise((later) => setTimeout(later, BETWEEN_LOOKS));
      }
    }
  }
}

/** `cargo xtask demo` serves the page before this program is built; published pages have no such file. */
async function beingBuilt() {
  const answer = await fetch(new URL("../wasm/workshop.json", import.meta.url), { cache: "no-store" }).catch(() => undefined);
  if (!answer?.ok) return false;
  const { failed } = await answer.json();
  if (failed) throw new Error(failed);
  return true;
}
