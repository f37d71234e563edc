// What the tests of a file, or of a `describe`, share: a browser, the served page and a folder for files.
import { after, before } from "node:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "./chromium.mjs";
import { model, serve } from "./server.mjs";
import { Visit } from "./visit.mjs";

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
