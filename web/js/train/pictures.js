// The pictures of a training: the visitor's photographs, made small one by one by a worker of their own, or drawn outfits.
import { Remote } from "../remote.js";
import { MAX_PHOTO_BYTES } from "../photo/intake.js";

/** Bytes of a picture: 64x64, red, green and blue. */
export const PICTURE_BYTES = 3 * 64 * 64;
/** Enough to learn from, drawn in a moment. */
const DRAWN = 512;
/** More would not fit beside the networks. */
const MOST = 20_000;

export class Pictures {
  /** @type {Uint8Array[]} */ #own = [];
  /** @type {Promise<Remote> | undefined} */ #worker;
  #open;

  /** @param {() => Promise<Remote>} open a worker that is not training */
  constructor(open) {
    this.#open = open;
  }

  /** Photographs of the visitor's. */
  get count() {
    return this.#own.length;
  }

  /**
   * @param {File[]} files
   * @param {"pad" | "crop"} fit
   * @param {(done: number) => void} progress
   * @returns {Promise<string[]>} what could not be used, and why
   */
  async add(files, fit, progress) {
    const worker = await this.#helper();
    const refused = [];
    for (const [index, file] of files.entries()) {
      if (this.#own.length >= MOST) {
        refused.push(`the page holds ${MOST.toLocaleString("en")} photos at most`);
        break;
      }
      try {
        if (file.size > MAX_PHOTO_BYTES) throw new Error(`it is larger than ${MAX_PHOTO_BYTES / 2 ** 20} MiB`);
        const photo = new Uint8Array(await file.arrayBuffer());
        this.#own.push(await worker.ask({ kind: "train-prepare", photo, fit }));
      } catch (error) {
        refused.push(`${file.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
      progress(index + 1);
    }
    return refused;
  }

  clear() {
    this.#own = [];
  }

  /** @param {boolean} drawn @returns {Promise<Uint8Array>} one after the other */
  async all(drawn) {
    if (drawn) return (await this.#helper()).ask({ kind: "train-draw", count: DRAWN });
    const all = new Uint8Array(this.#own.length * PICTURE_BYTES);
    this.#own.forEach((picture, index) => all.set(picture, index * PICTURE_BYTES));
    return all;
  }

  /** @param {Uint8Array} archive @returns {Promise<[string, Uint8Array][]>} */
  async unpack(archive) {
    return (await this.#helper()).ask({ kind: "unpack", archive });
  }

  /**
   * A run's last checkpoint as a model directory's files.
   * @param {Uint8Array} config config.json
   * @param {[string, Uint8Array][]} files the checkpoint's
   * @returns {Promise<[string, Uint8Array][]>}
   */
  async modelOfRun(config, files) {
    const checkpoint = files.map(([path, bytes]) => [path.slice(path.lastIndexOf("/") + 1), bytes]);
    return (await this.#helper()).ask({ kind: "run-model", config, checkpoint: /** @type {[string, Uint8Array][]} */ (checkpoint) });
  }

  /** @returns {Promise<import("../protocol.js").TrainingChoices>} what a training can be asked for */
  async choices() {
    return (await this.#helper()).ask({ kind: "train-choices" });
  }

  #helper() {
    this.#worker ??= this.#open().then((worker) => {
      worker.onGone = () => { this.#worker = undefined; };
      return worker;
    });
    this.#worker.catch(() => { this.#worker = undefined; });
    return this.#worker;
  }
}
