// One picture and its numbers leave the page, saved or copied; refined numbers are pinned like any.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readFile } from "node:fs/promises";
import { drawn, farthest } from "./photos.mjs";
import { model } from "./server.mjs";
import { site } from "./site.mjs";
import { by, until, Visit } from "./visit.mjs";

const shared = site({ webgpu: false });

describe("what is on the plate", () => {
  /** @type {Visit} */ let visit;
  /** @type {Awaited<ReturnType<Visit["reconstructs"]>>} */ let made;
  before(async () => {
    visit = await shared.open("cpu", { acceptDownloads: true, permissions: ["clipboard-read", "clipboard-write"] });
    const photo = await drawn(visit.page, { width: 200, height: 260, type: "image/png" });
    made = await visit.reconstructs(() => visit.choose(photo));
  });
  after(() => visit?.close());

  /** @param {string} hook */
  async function saved(hook) {
    const download = visit.page.waitForEvent("download");
    await visit.page.click(by(hook));
    const file = await download;
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  }

  test("is saved as a picture, pixel by pixel", async () => {
    const { name, bytes } = await saved("take-picture");
    assert.equal(name, "stylewalk.png");
    assert.ok(farthest(await shrunk(visit, bytes), made.reconstruction) === 0);
    await visit.tells("status", "stylewalk.png is saved.");
  });

  test("is copied as a picture", async () => {
    await visit.page.click(by("take-picture-copy"));
    await visit.tells("status", "The picture is copied.");
    const base64 = await visit.page.evaluate(async () => {
      const [item] = await navigator.clipboard.read();
      const bytes = new Uint8Array(await (await item?.getType("image/png"))?.arrayBuffer() ?? []);
      return btoa(String.fromCharCode(...bytes));
    });
    assert.ok(farthest(await shrunk(visit, Buffer.from(base64, "base64")), made.reconstruction) === 0);
  });

  test("leaves as its numbers, all their digits and the model's hash with them", async () => {
    const { name, bytes } = await saved("take-numbers");
    assert.equal(name, "stylewalk-numbers.json");
    const { format, generator, name: of, code } = JSON.parse(bytes.toString());
    assert.deepEqual([format, of, code.length], [1, "drawn.png", 100]);
    assert.equal(generator, JSON.parse(await readFile(`${model}/model.json`, "utf8")).files[0].sha256);
    assert.ok(farthest(code, made.latent) <= 5.1e-5, "the page shows four digits");
    assert.deepEqual(code, code.map((/** @type {number} */ value) => Number(Math.fround(value).toPrecision(9))));
    await visit.page.click(by("take-numbers-copy"));
    await visit.tells("status", "The numbers are copied.");
    assert.deepEqual(JSON.parse(await visit.page.evaluate(() => navigator.clipboard.readText())), code);
  });

  test("is pinned as it was refined, walked through, and shared", async () => {
    assert.ok(await visit.page.isDisabled(by("refine-pin")));
    await visit.page.click(by("refine"));
    await visit.tells("refine-note", /^Refined/);
    await visit.page.click(by("refine"));
    await visit.tells("refine", "Refine");
    const [refined, numbers] = [await visit.picture("reconstruction"), await visit.latent()];
    await visit.page.click(by("refine-pin"));
    await visit.tells("status", "The refined numbers are pinned.");
    const pins = await visit.page.$$eval(`${by("pins")} .pin`, (all) => all.map((pin) => pin.getAttribute("title")));
    assert.deepEqual(pins, ["drawn.png", "drawn.png, refined"]);
    const pin = await visit.page.$eval(`${by("pins")} li:last-child canvas`, (canvas) => [.../** @type {HTMLCanvasElement} */ (canvas).getContext("2d")?.getImageData(0, 0, 64, 64).data ?? []]);
    assert.deepEqual(pin, refined);
    await visit.page.click("#tab-share");
    const link = await visit.page.inputValue(by("share-link"));
    const received = await visit.page.evaluate(async (hash) => {
      const { read } = await import(new URL("js/keep/link.js", document.baseURI).href);
      return read(hash, 100, 48).codes.map((/** @type {Float32Array} */ code) => [...code]);
    }, new URL(link).hash.slice(1));
    assert.ok(farthest(received[1], numbers) < 1e-3, "the link has the refined numbers");
    const { bytes } = await saved("take-picture");
    await until(() => shrunk(visit, bytes), (picture) => farthest(picture, refined) === 0, "what is saved is what is shown");
    assert.deepEqual(visit.errors, []);
  });
});

/** A saved picture at the size of its pixels. @param {Visit} visit @param {Buffer} file @returns {Promise<number[]>} RGBA */
function shrunk({ page }, file) {
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(64, 64).getContext("2d"));
    pen.imageSmoothingEnabled = false;
    pen.drawImage(await createImageBitmap(new Blob([bytes], { type: "image/png" })), 0, 0, 64, 64);
    return [...pen.getImageData(0, 0, 64, 64).data];
  }, file.toString("base64"));
}
