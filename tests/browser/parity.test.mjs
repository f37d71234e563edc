// The native program and the page agree: the same photo through `stylewalk reconstruct` and through both devices here.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { modelThatCutsOut, stylewalk } from "./folder.mjs";
import { ABSENT, drawn, farthest, real, realPhotos } from "./photos.mjs";
import { site } from "./site.mjs";
import { Visit } from "./visit.mjs";

// Both sides decode and shrink photos in the same integer code, so the originals are equal. E, G and D run in float32,
// whose sums come out a little different in another order, and the order differs between a native core, wasm and a GPU:
// codes are shown with four digits and agree to 0.002, pictures to 2 steps of 255, PSNR to the digit that is shown.
const CODE = 2e-3;
const STEPS = 2;
const DECIBELS = 0.06;
// A mask is a sum of floats too: where the garment fades into white, a byte may be rounded the other way.
const CUT_OUT = 1;
/** Files in other colours than sRGB, long as a strip. */
const COLOURS = new URL("../golden/colours/", import.meta.url);
const PROFILED = ["patches-p3.jpg", "patches-adobe.png", "patches-prophoto.webp"];

agree("native and page");
agree("native and page, with garments cut out", modelThatCutsOut);

/** @param {string} what @param {(folder: string) => Promise<string>} [makeModel] */
function agree(what, makeModel) {
  describe(what, () => {
    const shared = site({ webgpu: true }, makeModel);

    for (const device of ["cpu", "webgpu"]) {
      test(`the page's ${device} agrees with the program`, async (t) => {
        const visit = await shared.open(device);
        await visit.tells("device", device);
        await compare(visit, await drawnPhoto(visit));
        for (const file of PROFILED) await compare(visit, fileURLToPath(new URL(file, COLOURS)));
        const photos = await atHand();
        await t.test("on real photographs", { skip: photos.length === 0 && ABSENT }, async () => {
          for (const path of photos) await compare(visit, path);
        });
        await visit.close();
      });
    }

    /** @param {Visit} visit @returns {Promise<string>} its path */
    async function drawnPhoto(visit) {
      const path = join(shared.folder, "drawn.jpg");
      await writeFile(path, (await drawn(visit.page, { width: 300, height: 400, type: "image/jpeg" })).buffer);
      return path;
    }

    /** Real photographs, one of them turned by its EXIF. */
    async function atHand() {
      const photos = [...(await realPhotos()).slice(0, 2), real("orientation-6.jpg"), real("alpha.png")];
      return photos.filter((photo) => photo !== undefined);
    }

    /** @param {Visit} visit @param {string} path */
    async function compare(visit, path) {
      const native = await reconstruct(path);
      const page = await visit.reconstructs(() => visit.choose(path));
      const seen = farthest(page.original, await pixels(visit, join(shared.folder, "original.png")));
      const { cutout } = JSON.parse(await readFile(join(shared.model, "model.json"), "utf8"));
      assert.ok(seen <= (cutout ? CUT_OUT : 0), `${path}: the originals differ by ${seen} of 255`);
      const code = farthest(page.latent, native.latent);
      assert.ok(code <= CODE, `${path}: codes differ by ${code}`);
      const steps = farthest(page.reconstruction, await pixels(visit, join(shared.folder, "reconstruction.png")));
      assert.ok(steps <= STEPS, `${path}: pictures differ by ${steps} of 255`);
      const shown = Number.parseFloat(await visit.text("psnr"));
      assert.ok(Math.abs(shown - native.psnr) <= DECIBELS, `${path}: ${shown} dB on the page, ${native.psnr} dB natively`);
    }

    /** @param {string} path @returns {Promise<{ latent: number[], psnr: number }>} */
    async function reconstruct(path) {
      const out = join(shared.folder, "both.png");
      return JSON.parse(await stylewalk("reconstruct", path, "--model", shared.model, "--json", "--out", out, "--tiles", shared.folder));
    }

    /** A PNG's RGBA, read by the browser. @param {Visit} visit @param {string} path */
    async function pixels({ page }, path) {
      return page.evaluate(async (base64) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const picture = await createImageBitmap(new Blob([bytes]), { colorSpaceConversion: "none" });
        const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(64, 64).getContext("2d"));
        pen.drawImage(picture, 0, 0);
        return [...pen.getImageData(0, 0, 64, 64).data];
      }, (await readFile(path)).toString("base64"));
    }
  });
}
