// Files as a published page's server sends them: by Brotli at its best, where that saves a tenth.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { squeezed } from "./sizes.mjs";

export class Packed {
  /** @type {Map<string, Promise<Buffer | undefined>>} */ #known = new Map();
  #folder;

  /** @param {string} folder where compressed files are kept by their SHA-256: some take minutes */
  constructor(folder) {
    this.#folder = folder;
  }

  /** All of a page but its workshop, which no picture waits for. @param {string} folder */
  async all(folder) {
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const { name, parentPath } of files.filter((file) => file.isFile() && !/^workshop|\.(br|gz|d\.ts)$/.test(file.name))) {
      const file = join(parentPath, name);
      await this.of(file, await readFile(file));
    }
  }

  /** @param {string} file @param {Buffer} content @returns {Promise<Buffer | undefined>} none where it would hardly be smaller */
  of(file, content) {
    const known = this.#known.get(file) ?? this.#pack(file, content);
    this.#known.set(file, known);
    return known;
  }

  /** @param {string} file @param {Buffer} content @returns {Promise<Buffer | undefined>} */
  async #pack(file, content) {
    const kept = join(this.#folder, `${createHash("sha256").update(content).digest("hex")}.br`);
    /** @type {Buffer | undefined} */
    let packed = await readFile(`${file}.br`).catch(() => readFile(kept)).catch(() => undefined);
    if (!packed) {
      packed = await squeezed(file, content);
      await mkdir(this.#folder, { recursive: true });
      await writeFile(kept, packed);
    }
    return packed.length * 10 > content.length * 9 ? undefined : packed;
  }
}
