// The pictures of a training: the visitor's photographs, made small one by one by a worker of their own, or drawn outfits.
import { contentOf, whyNot } from "../photo/queue.js";

/** @typedef {import("../remote.js").ModelWorker} ModelWorker */
/** @typedef {import("../protocol.js").NamedFile} NamedFile */

/** Enough to learn from, drawn in a moment. */
const DRAWN = 512;
/** More would not fit beside the networks. */
const MOST = 20_000;

export class Pictures {
  /** @type {Uint8Array[]} */ #own = [];
  /** @type {Promise<ModelWorker> | undefined} */ #worker;
  /** @type {[Uint8Array, NamedFile[]] | undefined} what a model says of the pictures it sees: model.json, and what cuts garments out */ #seer;
  /** Pixels along a side of each picture. */ side = 64;
  /** The same in short: pictures that one model sees are another's only where these are equal. */ #way = "";
  #open;

  /** @param {() => Promise<ModelWorker>} open a worker that makes no pictures */
  constructor(open) {
    this.#open = open;
  }

  /** Photographs of the visitor's. */
  get count() {
    return this.#own.length;
  }

  /**
   * Photographs become from now on what this model sees. Those of a model that sees others are forgotten.
   * @param {import("../model/model.js").Model} model
   */
  async modelCame(model) {
    const { fit, cutout } = model.card;
    const way = `${model.side} ${fit} ${cutout?.file.sha256}`;
    if (this.#way !== way) this.#own = [];
    this.#way = way;
    this.side = model.side;
    const name = cutout?.file.name;
    /** @type {[Uint8Array, NamedFile[]]} */
    const seer = this.#seer = [model.json, name ? [[name, await model.file(name)]] : []];
    await (await this.#worker)?.ask("prepareFor", ...seer);
  }

  /**
   * @param {import("../photo/queue.js").Arrival[]} files
   * @param {(done: number) => void} progress
   * @returns {Promise<{ refused: string[], whole: number }>} what could not be used, and why; in how many no garment was found
   */
  async add(files, progress) {
    const refused = [];
    let whole = 0;
    for (const [index, file] of files.entries()) {
      if (this.#own.length >= MOST) {
        refused.push(`the page holds ${MOST.toLocaleString("en")} photos at most`);
        break;
      }
      try {
        const photo = await contentOf(file);
        // Asked for each time: a photo that ends the worker must not take the others with it.
        const { picture, notCutOut } = await (await this.#helper()).ask("preparePicture", photo);
        this.#own.push(picture);
        if (notCutOut) whole++;
      } catch (error) {
        refused.push(whyNot(file, error));
      }
      progress(index + 1);
    }
    return { refused, whole };
  }

  /** @param {boolean} drawn @returns {Promise<Uint8Array>} one after the other */
  async all(drawn) {
    if (drawn) return (await this.#helper()).ask("drawnPictures", 0, DRAWN);
    const size = 3 * this.side * this.side; // red, green and blue
    const all = new Uint8Array(this.#own.length * size);
    this.#own.forEach((picture, index) => all.set(picture, index * size));
    return all;
  }

  /** @param {Uint8Array} archive @returns {Promise<NamedFile[]>} */
  async unpack(archive) {
    return (await this.#helper()).ask("unpackArchive", archive);
  }

  #helper() {
    this.#worker ??= this.#open().then(async (worker) => {
      worker.onGone = () => { this.#worker = undefined; };
      if (this.#seer) await worker.ask("prepareFor", ...this.#seer);
      return worker;
    });
    this.#worker.catch(() => { this.#worker = undefined; });
    return this.#worker;
  }
}
