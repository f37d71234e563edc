// A model arrives file by file: the picture does not wait for D, nor for what else only few visitors need.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { untrained } from "./folder.mjs";
import { drawn } from "./photos.mjs";
import { dist, serve } from "./server.mjs";
import { flipped, site } from "./site.mjs";
import { by, Visit } from "./visit.mjs";

const DISCRIMINATOR = "/weights/discriminator.safetensors";
/** Bytes of the page's own modules until the first picture, by Brotli: wasm and its glue leave so much of half a megabyte. */
const MOST_SCRIPT = 55_000;
const PERCENT = /^\d{1,3}%$/;

describe("a model arrives", () => {
  const shared = site({ webgpu: true });

  for (const device of ["cpu", "webgpu"]) {
    test(`on the ${device}, the picture shows before D, and its percentages in their place when it has come`, async () => {
      const late = held();
      const server = await serve({ [DISCRIMINATOR]: late.answer });
      const visit = await Visit.open(shared.browser, `${server.address}?device=${device}`);
      await visit.ready();
      const made = await shows(visit);
      assert.ok(await visit.page.isHidden(by("score")) && await visit.page.isHidden(by("score-original")));
      assert.equal(await visit.page.textContent("#probability"), "\u2013");
      assert.doesNotMatch(await name(visit, by("reconstruction")), /discriminator/);
      assert.deepEqual(await visit.page.locator(`${by("samples")} .tag:visible`).count(), 0);
      const before = await places(visit);
      late.release();
      await visit.tells("score", PERCENT);
      await visit.tells("score-original", PERCENT);
      await visit.page.waitForFunction(() => document.querySelectorAll("[data-testid=samples] .tag:not([hidden])").length === 8);
      assert.deepEqual(await places(visit), before, "nothing moves");
      assert.match(await visit.page.textContent("#probability") ?? "", PERCENT);
      assert.match(await name(visit, by("reconstruction")), /\d% real to the discriminator$/);
      assert.deepEqual(await visit.picture("reconstruction"), made, "the picture is the same");
      const score = await visit.text("score");
      // What comes with the picture is what came after it.
      await visit.reconstructs(async () => visit.choose(await photo(visit)));
      assert.equal(await visit.text("score"), score);
      assert.deepEqual(visit.errors, []);
      await visit.close();
      await server.close();
    });
  }

  test("D and directions leave the line to what makes the picture", async () => {
    const late = held();
    const server = await serve({ "/weights/encoder.safetensors": late.answer });
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`);
    await visit.page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("generator")));
    // What cuts garments out is there where the model has it.
    const asked = server.asked("/weights/").filter((name) => name !== "cutout.safetensors");
    assert.deepEqual(asked.sort(), ["encoder.safetensors", "generator.safetensors", "model.json"]);
    late.release();
    await visit.ready();
    await visit.page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("directions")));
    assert.equal(server.asked("/weights/").at(-1), "directions.json");
    await visit.close();
    await server.close();
  });

  test("a picture waits for no panel, and for no more script than it may", async () => {
    const late = held();
    const server = await serve({ "/js/panels.js": late.answer });
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`);
    await visit.page.waitForSelector("#reconstruction-tile .frame.filled");
    const scripts = [...new Set(server.asked("/js/"))].filter((name) => name !== "panels.js");
    const panels = scripts.filter((name) => /^(change|export|patchwork|refine|train|walk|wish)\//.test(name));
    assert.deepEqual(panels, []);
    const sizes = await Promise.all(scripts.map(async (name) => brotliCompressSync(await readFile(join(dist, "js", name))).length));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(bytes < MOST_SCRIPT, `${bytes} bytes of ${scripts.length} scripts`);
    assert.deepEqual([...new Set(server.asked("/wasm/"))].sort(), ["viewer.js", "viewer_bg.wasm"]);
    // A photo is shown and pinned, and nothing else can be touched.
    await visit.reconstructs(async () => visit.choose(await photo(visit)));
    assert.ok(await visit.page.$eval("#train", (part) => /** @type {HTMLElement} */ (part).inert));
    late.release();
    await visit.ready();
    assert.equal(await visit.page.locator("[inert]").count(), 0);
    assert.equal(await visit.page.locator(`${by("pins")} canvas`).count(), 1);
    await visit.page.click(by("refine"));
    assert.deepEqual(visit.errors, []);
    await visit.close();
    await server.close();
  });

  test("panels that do not come are told of, and photos go on", async () => {
    const server = await serve({ "/js/panels.js": () => 503 });
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`);
    await visit.alert(/^Only photos can be shown, as the rest of the page did not come .*: load the page again\.$/);
    await visit.reconstructs(async () => visit.choose(await photo(visit)));
    await visit.close();
    await server.close();
  });

  test("directions come when their tab opens", async () => {
    const late = held();
    const server = await serve({ [DISCRIMINATOR]: late.answer });
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`);
    await visit.ready();
    await visit.page.click(by("walk-samples"));
    assert.ok(!server.asked("/weights/").includes("directions.json"));
    await visit.page.click("#tab-change");
    await visit.page.waitForSelector(`#change-colour input`);
    late.release();
    await visit.close();
    await server.close();
  });

  test("D that comes after another model was opened is nobody's", async () => {
    const late = held();
    const server = await serve({ [DISCRIMINATOR]: late.answer });
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`);
    await visit.ready();
    await visit.drop([await untrained(shared.folder, "other")], "train-fold");
    await visit.page.waitForFunction(() => document.querySelector("#model-facts")?.textContent?.includes("width 4"));
    await shows(visit);
    const score = await visit.text("score");
    assert.match(score, PERCENT);
    const workers = visit.page.workers().length;
    late.release();
    await visit.page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("discriminator")));
    await visit.quiet();
    assert.equal(visit.page.workers().length, workers, "no worker is opened for it");
    assert.equal(await visit.text("score"), score);
    assert.equal(await visit.page.getAttribute(by("status"), "role"), "status");
    assert.deepEqual(visit.errors, []);
    await visit.close();
    await server.close();
  });

  /** @type {[string, import("./server.mjs").Answer, RegExp][]} */
  const wrong = [
    ["missing", () => 404, /discriminator\.safetensors.*404.*without the discriminator/],
    ["damaged", (file) => flipped(file), /discriminator\.safetensors is damaged.*without the discriminator/],
    ["truncated", (file) => file.subarray(0, 1000), /discriminator\.safetensors has 1000 bytes.*without the discriminator/],
  ];
  for (const [what, answer, expected] of wrong) {
    test(`a ${what} D is told, everything else goes on, and it can be loaded again`, async () => {
      const server = await serve({ [DISCRIMINATOR]: answer });
      const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`);
      await visit.alert(expected);
      await visit.ready();
      await shows(visit);
      assert.equal(await visit.page.getAttribute(by("status"), "role"), "status", "another photo is another matter");
      await visit.page.click(by("walk-samples"));
      await visit.page.waitForSelector(`${by("walk-play")}[aria-pressed=true]`);
      await visit.page.click("#tab-change");
      await visit.page.waitForSelector(`#change-colour input`);
      assert.ok(await visit.page.isHidden(by("score")));
      server.right();
      await visit.page.click(by("retry"));
      await visit.tells("score", PERCENT);
      assert.ok(await visit.page.isHidden(by("retry")));
      await visit.close();
      await server.close();
    });
  }
});

/** An answer that waits until it is released. */
function held() {
  /** @type {() => void} */
  let release = () => {};
  /** @type {Promise<undefined>} */
  const released = new Promise((resolve) => { release = () => resolve(undefined); });
  return { answer: () => released, release };
}

/** @param {Visit} visit */
function photo({ page }) {
  return drawn(page, { width: 200, height: 260, type: "image/png" });
}

/** Shows a photo, and waits for its reconstruction alone. @param {Visit} visit */
async function shows(visit) {
  await visit.choose(await photo(visit));
  await visit.page.waitForSelector(`${by("reconstruction")}[data-made]`);
  await visit.tells("status", /^Reconstructed in /);
  return visit.picture("reconstruction");
}

/** What screen readers say. @param {Visit} visit @param {string} selector */
async function name({ page }, selector) {
  return await page.getAttribute(selector, "aria-label") ?? "";
}

/** Where things are that percentages belong to, and what comes after them. @param {Visit} visit */
function places({ page }) {
  return page.$$eval("#reconstruction-tile, #figures, #figures dl > div, [data-testid=samples] li, #train", (all) => all.map((one) => {
    const { x, y, width, height } = one.getBoundingClientRect();
    return [x, y, width, height].map(Math.round);
  }));
}
