// What each contestant's program takes to download: JavaScript and wasm as Brotli makes them at its best; no weights.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";

/** @typedef {{ contestant: string, files: number, bytes: number, brotli: number }} Download */

/**
 * @param {Record<string, Set<string>>} asked  paths, by contestant
 * @param {(path: string) => string} place  a path's file
 * @param {{ page: string, compressed: string }} settings
 * @returns {Promise<Download[]>}
 */
export async function sizes(asked, place, { page, compressed }) {
  /** @type {Record<string, number>} by SHA-256: compressing some of them takes minutes */
  const known = JSON.parse(await readFile(compressed, "utf8").catch(() => "{}"));
  const downloads = [];
  for (const [contestant, paths] of Object.entries(asked)) {
    // Of ours, the page itself: the benchmark's module has more and less in it.
    const files = contestant.startsWith("ours") ? await program(page) : [...paths].filter(isProgram).map(place);
    let [bytes, brotli] = [0, 0];
    for (const file of files) {
      const content = await readFile(file);
      const hash = createHash("sha256").update(content).digest("hex");
      known[hash] ??= (await squeezed(file, content)).length;
      bytes += content.length;
      brotli += known[hash] ?? 0;
    }
    downloads.push({ contestant, files: files.length, bytes, brotli });
  }
  await writeFile(compressed, JSON.stringify(known));
  return downloads;
}

/** Libraries, not the harness around them. @param {string} path */
function isProgram(path) {
  return /^\/(wasm|ort|tfjs)\/.*\.(js|mjs|wasm)$/.test(path);
}

/** The page's JavaScript and wasm, without its workshop, which no picture waits for. @param {string} folder */
async function program(folder) {
  /** @type {{ page: string[] }} */
  const { page } = JSON.parse(await readFile(join(folder, "files.json"), "utf8"));
  return page.filter((name) => /\.(js|mjs|wasm)$/.test(name)).map((name) => join(folder, name));
}

/** @param {string} file @param {Buffer} content @returns {Promise<Buffer>} */
export async function squeezed(file, content) {
  console.error(`compressing ${file}`);
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = constants;
  const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 24, [BROTLI_PARAM_SIZE_HINT]: content.length };
  return promisify(brotliCompress)(content, { params });
}
