// Garments cut out: without being asked, shown as they are found, and taken back by a switch. The model under test cuts out
// whatever is dark; parity.test.mjs compares it with the native program.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { modelThatCutsOut, stylewalk, untrained, unzip } from "./folder.mjs";
import { drawn, farthest, plain } from "./photos.mjs";
import { serve } from "./server.mjs";
import { refusedByName, site } from "./site.mjs";
import { choose, offered, steps } from "./training.mjs";
import { by, Visit } from "./visit.mjs";

const WHITE = [255, 255, 255, 255];
/** The ground of the drawn T-shirt. */
const GROUND = [0xd8, 0xd2, 0xc4, 255];

/** The pixel in a 64x64 picture's corner. @param {number[]} pixels */
const corner = (pixels) => pixels.slice(0, 4);

describe("a model that sees garments alone", () => {
  const shared = site({ webgpu: false }, modelThatCutsOut);
  /** @type {Visit} */ let visit;
  /** @type {import("./visit.mjs").PhotoFile} */ let shirt;
  before(async () => {
    visit = await shared.open();
    shirt = await drawn(visit.page, { width: 300, height: 400, type: "image/png" });
  });
  after(() => visit?.close());

  test("a photo is cut out without being asked, and the page says so", async () => {
    assert.ok(await visit.page.isHidden(by("subject")), "nothing to choose before there is a photo");
    const { original, reconstruction } = await visit.reconstructs(() => visit.choose(shirt));
    assert.deepEqual(corner(original), WHITE);
    assert.equal(await visit.text("subject-note"), "Garment cut out.");
    assert.match(await visit.page.getAttribute(by("original"), "aria-label") ?? "", /^Your photo, drawn\.png, its garment alone on white/);
    assert.deepEqual(await pinned(visit), [reconstruction], "what is pinned is the garment's code");
    assert.match(await visit.page.textContent(by("model-card")) ?? "", /Sees.*the garment alone/);
    assert.deepEqual(visit.errors, []);
  });

  test("the switch shows the whole photo at once, and its pin follows", async () => {
    await visit.shows("whole");
    const [original, reconstruction] = [await visit.picture("original"), await visit.picture("reconstruction")];
    assert.deepEqual(corner(original), GROUND);
    assert.equal(await visit.text("subject-note"), "");
    assert.deepEqual(await pinned(visit), [reconstruction]);
    await visit.shows("garment");
    assert.deepEqual(corner(await visit.picture("original")), WHITE);
    assert.equal((await pinned(visit)).length, 1);
  });

  test("the choice is remembered until the tab closes", async () => {
    await visit.shows("whole");
    await visit.page.reload();
    await visit.ready();
    const { original } = await visit.reconstructs(() => visit.choose(shirt));
    assert.ok(await visit.page.isChecked(by("subject-whole")));
    assert.deepEqual(corner(original), GROUND);
    await visit.shows("garment");
  });

  test("of several photos each is cut out", async () => {
    const alone = await visit.reconstructs(() => visit.choose(shirt));
    const second = await drawn(visit.page, { width: 400, height: 300, type: "image/png" });
    await visit.reconstructs(() => visit.choose([plain(64, 64, 250), { ...second, name: "second.png" }, shirt]));
    await visit.quiet();
    const pins = await pinned(visit);
    assert.deepEqual(pins[0], alone.reconstruction);
    assert.equal(pins.length, 3, "the shirt is pinned already, by the same code");
  });

  test("a photo without a garment, or without a background, is used whole, and the page says so", async () => {
    for (const [grey, why] of /** @type {[number, string][]} */ ([[250, "No garment was found"], [120, "No background was found around the garment"]])) {
      const { original } = await visit.reconstructs(() => visit.choose(plain(90, 60, grey)));
      assert.deepEqual(corner(original), [grey, grey, grey, 255]);
      assert.equal(await visit.text("subject-note"), `${why}; the whole photo is used.`);
    }
  });

  test("a part that was chosen keeps its frame: its background becomes white, or stays", async () => {
    await visit.reconstructs(() => visit.choose(shirt));
    await visit.page.click(by("crop"));
    await visit.reconstructs(() => visit.page.click(by("crop-use")));
    // The middle three quarters of the height: from 50 to 350 of 400 pixels.
    const part = await visit.picture("original");
    assert.equal(await visit.text("subject-note"), "Garment cut out.");
    assert.deepEqual(corner(part), WHITE);
    await visit.shows("whole");
    const whole = await visit.picture("original");
    assert.deepEqual(corner(whole), GROUND);
    // Inside the blue body nothing has moved.
    const body = 4 * (64 * 20 + 32);
    assert.ok(farthest(part.slice(body, body + 4), whole.slice(body, body + 4)) <= 1, "the frame is the same");
    await visit.shows("garment");
    await visit.page.click(by("crop"));
    await visit.page.fill(by("crop-size"), "0.1");
    // Up from the stripe, into plain blue.
    await visit.page.focus(by("crop-canvas"));
    for (let press = 0; press < 6; press++) await visit.page.keyboard.press("ArrowUp");
    await visit.reconstructs(() => visit.page.click(by("crop-use")));
    assert.equal(await visit.text("subject-note"), "No background was found around the garment; the whole part is used.");
  });

  test("refining begins with what the model sees", async () => {
    await visit.reconstructs(() => visit.choose(shirt));
    await visit.page.click(by("refine"));
    await visit.tells("refine-note", /[1-9]\sdB better/);
    await visit.page.click(by("refine"));
  });

  test("photos are trained on cut out, and what has cut them out leaves with model and run", async () => {
    await offered(visit);
    const photos = join(shared.folder, "photos");
    await mkdir(photos);
    const paths = [[300, 400], [400, 300]].map(([width, height]) => /** @type {[string, number, number]} */ ([join(photos, `${width}.png`), width, height]));
    for (const [path, width, height] of paths) await writeFile(path, (await drawn(visit.page, { width, height, type: "image/png" })).buffer);
    const empty = plain(40, 40, 250);
    await writeFile(join(photos, empty.name), empty.buffer);
    await visit.page.setInputFiles(by("train-photos"), [...paths.map(([path]) => path), join(photos, empty.name)]);
    await visit.tells("status", "3 photos to train on. No garment was found in 1 of them: they are used whole.");
    await choose(visit, { width: 2, batch: 2, own: true });
    await visit.page.click(by("train-step"));
    await steps(visit, 1);
    assert.deepEqual(corner(await firstPair(visit)), WHITE);

    const model = await download(visit, "train-export", "model");
    const cutout = await readFile(join(shared.model, "cutout.safetensors"));
    assert.deepEqual(await readFile(join(model, "cutout.safetensors")), cutout);
    // The native program goes on with the run on the same pictures, and what it publishes cuts out as well.
    const run = await download(visit, "train-export-run", "run");
    assert.deepEqual((await readdir(join(run, "cutout"))).sort(), ["cutout.json", "cutout.safetensors"]);
    await stylewalk("resume", run, "--steps", "2");
    const native = join(shared.folder, "native");
    await stylewalk("export", run, "--out", native);
    assert.deepEqual(await readFile(join(native, "cutout.safetensors")), cutout);
    for (const opened of [native, run]) {
      await visit.drop([opened], "train-fold");
      await visit.page.waitForFunction(() => document.querySelector("#model-facts")?.textContent?.includes("for 2 steps"));
      const { original } = await visit.reconstructs(() => visit.choose(shirt));
      assert.deepEqual(corner(original), WHITE);
    }
    assert.equal(await visit.text("train-photo-count"), "3 photos", "this model sees photos as the last one did");
    assert.deepEqual(visit.errors, []);
  });

  test("a model that sees whole photos has no switch, and forgets pictures of the other's", async () => {
    const whole = await untrained(shared.folder, "whole");
    await visit.drop([whole], "train-fold");
    await visit.tells("train-photo-count", "none yet");
    const { original } = await visit.reconstructs(() => visit.choose(shirt));
    assert.deepEqual(corner(original), GROUND);
    assert.ok(await visit.page.isHidden(by("subject")));
    assert.match(await visit.text("status"), /^Reconstructed in /);
  });

  test("without a network the kept model still cuts out", async () => {
    const server = await serve({}, () => shared.model);
    const alone = await Visit.open(shared.browser, `${server.address}?device=cpu`, { serviceWorkers: "allow" });
    await alone.tells("kept", /work without a network/);
    server.leave(true);
    await alone.page.reload();
    await alone.ready();
    const { original } = await alone.reconstructs(() => alone.choose(shirt));
    assert.deepEqual(corner(original), WHITE);
    await alone.close();
    await server.close();
  });

  refusedByName(shared, "cutout.safetensors");

  for (const [width, colorScheme] of /** @type {[number, "light" | "dark"][]} */ ([[320, "light"], [1280, "dark"]])) {
    test(`the switch is for every finger and eye at ${width} pixels, ${colorScheme}`, async () => {
      const alone = await shared.open("cpu", { viewport: { width, height: 800 }, colorScheme, bypassCSP: true });
      await alone.reconstructs(() => alone.choose(shirt));
      for (const label of await alone.page.locator(`${by("subject")} label`).all()) {
        const box = await label.boundingBox();
        assert.ok(box && box.height >= 44 && box.width >= 44, `${box?.width} x ${box?.height}`);
      }
      assert.equal(await alone.page.evaluate(() => document.documentElement.scrollWidth), width, "nothing sticks out");
      assert.equal(await alone.page.getByRole("radio", { name: "The garment alone" }).isChecked(), true);
      await alone.page.focus(by("subject-garment"));
      await alone.reconstructs(() => alone.page.keyboard.press("ArrowRight"));
      assert.deepEqual(corner(await alone.picture("original")), GROUND, "the keyboard works it");
      await alone.page.addScriptTag({ content: await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8") });
      const violations = await alone.page.evaluate(async () => (await /** @type {any} */ (window).axe.run("[data-testid=subject]")).violations.map((/** @type {any} */ one) => one.id));
      assert.deepEqual(violations, []);
      await alone.close();
    });
  }

  /** @param {Visit} visit @param {string} hook @param {string} name @returns {Promise<string>} the folder it unpacks to */
  async function download(visit, hook, name) {
    const [saved] = await Promise.all([visit.page.waitForEvent("download"), visit.page.click(by(hook))]);
    const path = join(shared.folder, `${hook}.zip`);
    await saved.saveAs(path);
    await unzip(await readFile(path), join(shared.folder, name));
    return join(shared.folder, name);
  }
});

/** The pictures on the pins. @param {Visit} visit @returns {Promise<number[][]>} RGBA */
function pinned({ page }) {
  return page.$$eval(`${by("pins")} .pin canvas`, (all) => all.map((canvas) => {
    const context = /** @type {HTMLCanvasElement} */ (canvas).getContext("2d");
    return [...context?.getImageData(0, 0, 64, 64).data ?? []];
  }));
}

/** The first picture of a training. @param {Visit} visit @returns {Promise<number[]>} RGBA */
function firstPair({ page }) {
  return page.$eval(`${by("train-pairs")} canvas`, (canvas) => {
    const context = /** @type {HTMLCanvasElement} */ (canvas).getContext("2d");
    return [...context?.getImageData(0, 0, 64, 64).data ?? []];
  });
}
