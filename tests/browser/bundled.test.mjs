// The page as it is published, its modules in a few files: it does all that the page does whose modules are files of their
// own, which all other tests try.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { launch } from "./chromium.mjs";
import { drawn } from "./photos.mjs";
import { serve } from "./server.mjs";
import { choose, offered, steps } from "./training.mjs";
import { by, Visit } from "./visit.mjs";

const folder = process.env.STYLEWALK_BUNDLED ?? "";
/** Until the first picture: the page, its worker, and what both share. */
const MOST_SCRIPTS = 8;

describe("the page in few files", { skip: folder === "" && "there is no such page: `cargo xtask test` makes it" }, () => {
  /** @type {import("playwright-core").Browser} */ let browser;
  /** @type {Awaited<ReturnType<typeof serve>>} */ let server;
  before(async () => {
    browser = await launch({ webgpu: false });
  });
  after(() => browser?.close());

  /** The page, with a photo on it. @param {import("playwright-core").BrowserContextOptions} [options] */
  const opened = async (options) => {
    server = await serve({}, () => join(folder, "weights"), "127.0.0.1", folder);
    const visit = await Visit.open(browser, `${server.address}?device=cpu`, options);
    await visit.ready();
    await shown(visit);
    return visit;
  };
  const shown = async (/** @type {Visit} */ visit) => visit.reconstructs(async () => visit.choose(await drawn(visit.page, { width: 200, height: 260, type: "image/png" })));

  test("asks for few of them, and those are all that there are", async () => {
    const visit = await opened();
    assert.deepEqual(server.asked("/css/"), ["page.css"]);
    const asked = server.asked("/js/").filter((name) => !name.startsWith("panels"));
    assert.ok(new Set(asked).size <= MOST_SCRIPTS, asked.join(", "));
    const there = (await readdir(join(folder, "js"), { recursive: true })).filter((name) => name.endsWith(".js"));
    assert.deepEqual(asked.filter((name) => !there.includes(name)), []);
    const { page } = JSON.parse(await readFile(join(folder, "files.json"), "utf8"));
    assert.deepEqual(there.map((name) => `js/${name}`).filter((name) => !page.includes(name)), []);
    assert.deepEqual(visit.errors, []);
    await visit.close();
    await server.close();
  });

  test("refines, trains, and works without a network", async () => {
    const visit = await opened({ serviceWorkers: "allow" });
    await visit.tells("kept", /kept on this device.*without a network, refining and training too/);
    server.leave(true);
    await visit.page.reload();
    await visit.ready();
    await shown(visit);
    const before = Number.parseFloat(await visit.text("psnr"));
    await visit.page.click(by("refine"));
    await visit.page.waitForFunction((than) => Number.parseFloat(document.querySelector("[data-testid=psnr]")?.textContent ?? "") > than, before);
    await visit.page.click(by("refine"));
    await visit.tells("refine", "Refine");
    await offered(visit);
    await choose(visit, { width: 2, batch: 2 });
    await visit.page.click(by("train-step"));
    await steps(visit, 1);
    await visit.close();
    await server.close();
  });
});
