// Models whose pictures have another side than the paper's 64 pixels: the whole page follows what model.json says, and agrees
// with the native program.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { writeFile } from "node:fs/promises";
import { stylewalk, untrained } from "./folder.mjs";
import { drawn, farthest } from "./photos.mjs";
import { site } from "./site.mjs";
import { number, offered, steps } from "./training.mjs";
import { by, Visit } from "./visit.mjs";

for (const side of [32, 128]) {
  describe(`a model of ${side} by ${side} pixels`, () => {
    const shared = site({ webgpu: true }, (folder) => untrained(folder, `side-${side}`, ["--side", String(side), "--cutout", "4"]));

    for (const device of ["cpu", "webgpu"]) {
      test(`photos and samples have its side, and are the program's, on the page's ${device}`, async () => {
        const visit = await shared.open(device);
        await visit.tells("device", device);
        const photo = await drawn(visit.page, { width: 300, height: 400, type: "image/png" });
        await visit.choose(photo);
        await visit.tells("psnr", /dB$/);
        for (const hook of ["original", "reconstruction"]) assert.deepEqual(await size(visit, by(hook)), [side, side], hook);
        assert.deepEqual(await size(visit, `${by("samples")} canvas`), [side, side]);
        assert.match(await visit.page.getAttribute(by("original"), "aria-label") ?? "", new RegExp(`at ${side} by ${side} pixels`));

        const path = join(shared.folder, "photo.png");
        await writeFile(path, photo.buffer);
        const native = JSON.parse(await stylewalk("reconstruct", path, "--model", shared.model, "--json", "--out", join(shared.folder, "both.png")));
        assert.ok(farthest(await visit.latent(), native.latent) <= 2e-3);
        assert.ok(Math.abs(await number(visit, "psnr") - native.psnr) <= 0.06, `${await visit.text("psnr")} and ${native.psnr}`);

        // Three pictures side by side: at 32 pixels their rows take no multiple of 256 bytes.
        await visit.page.click(`${by("samples")} .pin-it`);
        await visit.page.click("#tab-walk");
        await visit.page.waitForFunction(() => Number(document.querySelector("#walk-frame")?.getAttribute("data-shown") ?? 0) > 0);
        assert.deepEqual(await size(visit, "#walk-frame canvas"), [side, side]);
        assert.equal(await colours(visit, "#walk-frame canvas") > 1, true, "it shows something");
        await visit.page.click("#tab-change");
        await visit.page.waitForFunction(() => Number(document.querySelector("#change-frame")?.getAttribute("data-shown") ?? 0) > 0);
        assert.deepEqual(await size(visit, "#change-frame canvas"), [side, side]);
        assert.deepEqual(visit.errors, []);
        await visit.close();
      });
    }

    test("is put together, refined, wished for, saved and trained on", async () => {
      const visit = await shared.open("cpu");
      await visit.choose(await drawn(visit.page, { width: 300, height: 400, type: "image/png" }));
      await visit.tells("psnr", /dB$/);
      await visit.page.click(`${by("samples")} .pin-it`);

      await visit.page.click("#tab-patchwork");
      await visit.page.waitForFunction(() => Number(document.querySelector("[data-testid=patchwork-made]")?.getAttribute("data-shown") ?? 0) > 0);
      await visit.page.click(by("patchwork-top"));
      for (const hook of ["patchwork-canvas", "patchwork-made"]) assert.deepEqual(await size(visit, by(hook)), [side, side], hook);

      const coming = visit.page.waitForEvent("download");
      await visit.page.click(by("take-picture"));
      const saved = join(shared.folder, `saved-${side}.png`);
      await (await coming).saveAs(saved);

      const before = await number(visit, "psnr");
      await visit.page.click(by("refine"));
      await visit.page.waitForFunction((least) => Number.parseFloat(document.querySelector("[data-testid=psnr]")?.textContent ?? "") > least, before);
      await visit.page.click(by("refine"));
      await visit.tells("refine", "Refine");
      assert.deepEqual(await size(visit, by("reconstruction")), [side, side]);

      await offered(visit);
      await visit.page.check(by("train-drawn"));
      await visit.page.fill(by("train-batch"), "2");
      await visit.page.click(by("train-step"));
      await steps(visit, 1);
      assert.ok(await number(visit, "loss-autoencoder") > 0);
      assert.deepEqual(visit.errors, []);
      await visit.close();
    });
  });
}

/** @param {Visit} visit @param {string} selector of the first canvas @returns {Promise<number[]>} */
function size({ page }, selector) {
  return page.$eval(selector, (canvas) => [/** @type {HTMLCanvasElement} */ (canvas).width, /** @type {HTMLCanvasElement} */ (canvas).height]);
}

/** How many colours a canvas shows. @param {Visit} visit @param {string} selector */
function colours({ page }, selector) {
  return page.$eval(selector, (canvas) => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
    const pen = new OffscreenCanvas(width, height).getContext("2d");
    pen?.drawImage(/** @type {HTMLCanvasElement} */ (canvas), 0, 0);
    return new Set(new Uint32Array(pen?.getImageData(0, 0, width, height).data.buffer ?? new ArrayBuffer(0))).size;
  });
}
