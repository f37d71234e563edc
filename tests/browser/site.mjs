// What the tests of a file, or of a `describe`, share: a browser, the served page and a folder for files.
import { after, before, test } from "node:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "./chromium.mjs";
import { model, serve } from "./server.mjs";
import { by, Visit } from "./visit.mjs";

class Site {
  /** @type {import("playwright-core").Browser} */ browser = /** @type {any} */ (undefined);
  /** @type {Awaited<ReturnType<typeof serve>>} */ server = /** @type {any} */ (undefined);
  /** A new one, for files. */ folder = "";
  /** The model directory that is served. */ model = "";

  /**
   * The page, ready for use.
   * @param {string} [device] that the address asks for
   * @param {import("playwright-core").BrowserContextOptions} [options]
   */
  async open(device = "cpu", options) {
    const visit = await Visit.open(this.browser, `${this.server.address}?device=${device}`, options);
    await visit.ready();
    return visit;
  }
}

/**
 * Opens them before the tests that are registered beside this call, and closes them after.
 * @param {{ webgpu: boolean }} options
 * @param {(folder: string) => Promise<string>} [makeModel] makes the model directory under test; the page's own if left out
 */
export function site(options, makeModel) {
  const shared = new Site();
  before(async () => {
    shared.browser = await launch(options);
    shared.folder = await mkdtemp(join(tmpdir(), "stylewalk-"));
    shared.model = await makeModel?.(shared.folder) ?? model;
    shared.server = await serve({}, () => shared.model);
  });
  after(async () => {
    await shared.browser?.close();
    await shared.server?.close();
    if (shared.folder) await rm(shared.folder, { recursive: true });
  });
  return shared;
}

/**
 * Registers tests: without this file of the model, or with a broken one, the page says so, and takes the whole one then.
 * @param {Site} shared
 * @param {string} file
 */
export function refusedByName(shared, file) {
  const name = file.replaceAll(".", "\\.");
  /** @type {[string, import("./server.mjs").Answer, RegExp][]} */
  const damaged = [
    ["missing", () => 404, new RegExp(`${name}.*404`)],
    ["damaged", (bytes) => flipped(bytes), new RegExp(`${name} is damaged.*sha256`)],
    ["truncated", (bytes) => bytes.subarray(0, 1000), new RegExp(`${name} has 1000 bytes`)],
  ];
  for (const [what, answer, expected] of damaged) {
    test(`a ${what} ${file} is refused by name`, async () => {
      const server = await serve({ [`/weights/${file}`]: answer }, () => shared.model);
      const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`);
      await visit.alert(expected);
      server.right();
      await visit.page.click(by("retry"));
      await visit.ready();
      await visit.close();
      await server.close();
    });
  }
}

/** @param {Buffer} file @returns {Buffer} one bit of the last weight changed */
export function flipped(file) {
  const copy = Buffer.from(file);
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
  return copy;
}
