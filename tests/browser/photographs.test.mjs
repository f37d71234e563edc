// Photos as people have them: kinds that only the browser decodes, files that it turns otherwise, and pictures that come
// out of the page as they are.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readFile } from "node:fs/promises";
import { drawn, farthest, plain, turned } from "./photos.mjs";
import { site } from "./site.mjs";
import { by, Visit } from "./visit.mjs";

describe("photos as people have them", () => {
  const shared = site({ webgpu: false });
  /** @type {Visit} */ let visit;
  before(async () => {
    visit = await shared.open("cpu");
    await visit.shows("whole");
  });
  after(() => visit?.close());

  test("what the browser alone decodes is as the same pixels in a PNG", async () => {
    const known = await visit.reconstructs(() => visit.choose(plain(30, 20, 90)));
    const bmp = await visit.reconstructs(() => visit.choose(bitmap(30, 20, 90)));
    assert.equal(farthest(bmp.original, known.original), 0);
    assert.match(await visit.page.getAttribute(by("photo-input"), "accept") ?? "", /image\/\*/);
    assert.deepEqual(visit.errors, []);
  });

  test("what nobody decodes is refused by the program's sentence", async () => {
    await visit.choose({ name: "live.heic", mimeType: "image/heic", buffer: Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic") });
    await visit.alert(/this is a HEIC picture, not a photo that can be read here/);
  });

  test("a long picture is read, and the next photo as well", async () => {
    for (const long of [plain(1080, 27_000, 90), plain(26_800, 20, 90)]) {
      const { original } = await visit.reconstructs(() => visit.choose(long));
      assert.equal(farthest(original, new Array(64 * 64).fill([90, 90, 90, 255]).flat()), 0);
    }
    await visit.usable(plain(30, 20, 120));
    assert.deepEqual(visit.errors, []);
  });

  test("the dialog that cuts shows the photo as the model sees it", async () => {
    const lying = turned(await drawn(visit.page, { width: 400, height: 200, type: "image/jpeg" }), 6);
    await visit.reconstructs(() => visit.choose(lying));
    // Whatever the browser would make of the file.
    await visit.page.evaluate(() => {
      const original = window.createImageBitmap;
      Object.assign(window, { createImageBitmap: (/** @type {any[]} */ ...how) => (how[0] instanceof Blob ? Promise.reject(new Error("not from the file")) : original.apply(window, /** @type {any} */ (how))) });
    });
    await visit.page.click(by("crop"));
    await visit.page.waitForSelector(by("crop-canvas"), { state: "visible" });
    const [width, height] = await visit.page.$eval(by("crop-canvas"), (canvas) => [/** @type {HTMLCanvasElement} */ (canvas).width, /** @type {HTMLCanvasElement} */ (canvas).height]);
    assert.deepEqual([width, height], [240, 480]);
    const cut = await visit.reconstructs(() => visit.page.click(by("crop-use")));
    assert.equal(cut.original.length, 4 * 64 * 64);
    assert.deepEqual(visit.errors, []);
  });

  test("a saved picture is no canvas's, which some browsers add noise to", async () => {
    // Without pins, so that walking with samples is offered.
    const fresh = await shared.open("cpu", { acceptDownloads: true });
    await fresh.page.evaluate(() => {
      OffscreenCanvas.prototype.convertToBlob = () => Promise.reject(new Error("not from a canvas"));
      HTMLCanvasElement.prototype.toBlob = () => { throw new Error("not from a canvas"); };
    });
    await fresh.page.click(by("walk-samples"));
    await fresh.page.selectOption(by("export-kind"), "strip");
    const download = fresh.page.waitForEvent("download");
    await fresh.page.click(by("export"));
    const file = await readFile(await (await download).path());
    assert.deepEqual([file.readUInt32BE(16), file.readUInt32BE(20)], [9 * 128, 128]);
    assert.deepEqual(fresh.errors, []);
    await fresh.close();
  });
});

/** An uncompressed BMP of one grey. @param {number} width @param {number} height @param {number} grey @returns {import("./visit.mjs").PhotoFile} */
function bitmap(width, height, grey) {
  const row = Math.ceil((3 * width) / 4) * 4;
  const buffer = Buffer.alloc(54 + row * height, grey);
  buffer.fill(0, 0, 54);
  buffer.write("BM", 0, "latin1");
  buffer.writeUInt32LE(buffer.length, 2);
  buffer.writeUInt32LE(54, 10);
  buffer.writeUInt32LE(40, 14);
  buffer.writeInt32LE(width, 18);
  buffer.writeInt32LE(height, 22);
  buffer.writeUInt16LE(1, 26);
  buffer.writeUInt16LE(24, 28);
  return { name: "scan.bmp", mimeType: "image/bmp", buffer };
}
