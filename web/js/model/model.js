// A model as it arrives: its description first, then each file, in the order in which a visitor needs them.

/** @typedef {import("../protocol.js").NamedFile} NamedFile */
/** What pictures do not need: D, what photographs' codes are like, directions, photographs. @typedef {"judge" | "codes" | "directions" | "neighbours"} Part */
/** @typedef {{ name: string, bytes: number, sha256: string | undefined }} Listed a file as model.json lists it */

export class Model {
  /** model.json. */ json;
  /** The same, read. @type {any} */ card;
  /** What rebuilds a photo: the network that cuts out, where there is one, E and G. @type {readonly string[]} */ first;
  /** Names of the files of a network that tells kinds of garments apart: its card and its weights. @type {readonly string[]} */ kinds;
  /** Names of what comes later; a model may have no more than D. @type {Readonly<Record<Part, string | undefined>>} */ parts;
  #listed;
  #get;
  /** @type {Map<string, Promise<Uint8Array>>} */ #files = new Map();
  /** @type {Map<string, Uint8Array>} */ #here = new Map();
  /** What did not come, or was refused: a copy of it must not be read again. @type {Set<string>} */ #failed = new Set();

  /**
   * @param {Uint8Array} json model.json
   * @param {(file: Listed, again: boolean) => Promise<Uint8Array>} get fetches a file; `again` after a failure
   */
  constructor(json, get) {
    this.json = json;
    this.card = parsed(json);
    this.#listed = listed(this.card);
    this.#get = get;
    const { files, codes, directions, neighbours } = this.card;
    this.parts = { judge: files[2]?.name, codes: codes?.name, directions: directions?.name, neighbours: neighbours?.name };
    // A network that tells kinds of garments apart is for whoever asks for a kind, and no worker opens it by itself.
    this.kinds = (this.card.features ?? []).map((/** @type {{ name: string }} */ { name }) => name);
    const late = [...Object.values(this.parts), ...this.kinds];
    this.first = this.#listed.map(({ name }) => name).filter((name) => !late.includes(name));
  }

  /** Of files that are all here. @param {import("../protocol.js").ModelFiles} files @returns {Model} */
  static of({ json, files }) {
    return new Model(json, async ({ name }) => {
      const [, bytes] = files.find(([found]) => found === name) ?? [];
      if (!bytes) throw new Error(`${name} is missing beside model.json.`);
      return bytes;
    });
  }

  /** Pixels along a side of what it sees and makes. @returns {number} */
  get side() {
    return this.card.networks?.side ?? 64;
  }

  /** The name of G's file. @returns {string | undefined} */
  get generator() {
    return this.card.files[0]?.name;
  }

  /** The names of all files. */
  get names() {
    return this.#listed.map(({ name }) => name);
  }

  /** Files with their names; those that the model does not have are left out. @param {readonly (string | undefined)[]} names @returns {Promise<NamedFile[]>} */
  named(names) {
    const there = names.flatMap((name) => (name === undefined ? [] : [name]));
    return Promise.all(there.map(async (name) => /** @type {NamedFile} */ ([name, await this.file(name)])));
  }

  /** A file, fetched when it is first asked for. @param {string} name @returns {Promise<Uint8Array>} */
  file(name) {
    const known = this.#files.get(name);
    if (known) return known;
    const file = this.#listed.find((file) => file.name === name);
    if (!file) return Promise.reject(new Error(`model.json names no ${name}.`));
    const coming = this.#get(file, this.#failed.has(name));
    coming.then((bytes) => this.#here.set(name, bytes), () => this.#failed.add(name));
    this.#files.set(name, coming);
    return coming;
  }

  /** The next who asks for it has it fetched again. @param {string} name */
  forget(name) {
    this.#files.delete(name);
    this.#here.delete(name);
    this.#failed.add(name);
  }

  /** What rebuilds a photo is here. */
  async rebuilds() {
    await Promise.all(this.first.map((name) => this.file(name)));
  }

  /** Files that have arrived, with the hashes that model.json gives them. */
  get arrived() {
    return this.#listed.flatMap((file) => {
      const bytes = this.#here.get(file.name);
      return bytes ? [{ ...file, bytes }] : [];
    });
  }
}

/**
 * Opens a model in a worker of either program.
 * @param {import("../remote.js").Remote<{ begin: (json: Uint8Array) => any, add: (name: string, bytes: Uint8Array) => any }>} worker
 * @param {Model} model
 * @param {readonly string[]} names the files to wait for; others that are here already go with them
 */
export async function openModel(worker, model, names = model.first) {
  // At once, so that shaders are compiled while files are on their way.
  const begun = worker.ask("begin", model.json);
  const give = async (/** @type {string} */ name) => worker.ask("add", name, await model.file(name));
  await Promise.all([begun, ...names.map(give)]);
  const more = model.arrived.map(({ name }) => name).filter((name) => !names.includes(name) && !model.kinds.includes(name));
  // Whoever had asked for those has told what is wrong with them.
  await Promise.allSettled(more.map(give));
}

/** @param {Uint8Array} json */
function parsed(json) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch (error) {
    throw new Error(`The model's description (model.json) is not valid JSON: ${error instanceof Error ? error.message : error}`);
  }
}

/** The files to fetch. Only what fetching needs is looked at here: the program reads the same bytes strictly. @param {any} card @returns {Listed[]} */
function listed(card) {
  const files = card?.files;
  if (!Array.isArray(files)) throw new Error("The model's description (model.json) names no weight files: its field `files` is missing.");
  const all = [card.cutout?.file, ...files, card.codes, card.directions, card.neighbours, ...(Array.isArray(card.features) ? card.features : [])].filter((file) => file !== undefined);
  return all.map((file) => {
    const fit = typeof file?.name === "string" && /^[\w.-]+$/.test(file.name) && Number.isSafeInteger(file.bytes) && file.bytes > 0;
    if (!fit) throw new Error("The model's description (model.json) has a file without a plain name or a size in its field `files`.");
    return { name: file.name, bytes: file.bytes, sha256: /^[0-9a-f]{64}$/.test(file.sha256) ? file.sha256 : undefined };
  });
}
