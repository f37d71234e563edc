// Pictures drawn from codes straight onto a canvas: the same pixels as those that are read back, on both devices.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { farthest } from "./photos.mjs";
import { site } from "./site.mjs";
import { PATIENCE } from "./visit.mjs";

/** Codes of the page's own latent size, the same in every run. @param {number} count */
const codes = (count) => Array.from({ length: count * 100 }, (_, index) => Math.sin(index * 12.9898));

describe("a stage", () => {
  const shared = site({ webgpu: true });

  for (const device of ["cpu", "webgpu"]) {
    test(`on ${device}, shows what decoding gives`, async () => {
      const page = await shared.browser.newPage();
      page.setDefaultTimeout(PATIENCE);
      await page.goto(`${shared.server.address}?device=${device}`);
      await page.waitForSelector("[data-testid=samples] li");
      const made = await page.evaluate(async ({ device, codes, one }) => {
        /** @param {string} name @returns {Promise<any>} */
        const module = (name) => import(new URL(`js/${name}.js`, location.href).href);
        const [{ Engine }, { Stage }, { VIEWER, fetchModel, fetchProgram }] = await Promise.all([module("engine"), module("stage"), module("download")]);
        const program = fetchProgram(VIEWER, () => {});
        const model = fetchModel(new URL("weights/", location.href), () => {}, "default");
        /** @type {string[]} */
        const opens = [];
        const engine = new Engine(program, model, {
          came: () => {},
          missing: () => {},
          device: (/** @type {string} */ opened) => opens.push(opened),
          failed: (/** @type {string} */ sentence) => { throw new Error(sentence); },
        });
        await engine.start(device);
        const stage = new Stage(document.body, () => document.createElement("canvas"));
        /** Through another canvas: the stage's own belongs to the worker. */
        const pixels = () => {
          const { width, height } = stage.canvas;
          const copy = new OffscreenCanvas(width, height);
          const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (copy.getContext("2d"));
          pen.drawImage(stage.canvas, 0, 0);
          return { width, height, data: [...pen.getImageData(0, 0, width, height).data] };
        };
        /** The canvas on the page follows the worker's at the next frame. @param {number} width */
        const shown = async (width) => {
          do await new Promise((frame) => requestAnimationFrame(frame)); while (stage.canvas.width !== width);
          await new Promise((frame) => requestAnimationFrame(frame));
          return pixels();
        };
        await stage.show(engine, new Float32Array(one));
        const single = await shown(64);
        await stage.show(engine, new Float32Array(codes), 2);
        const grid = await shown(128);
        await engine.bring("judge");
        const { images, probabilities } = await engine.ask("decode", new Float32Array(codes), true);
        const wrong = await stage.show(engine, new Float32Array(7)).catch((/** @type {Error} */ error) => error.message);
        return { single, grid, images: images.map((/** @type {Uint8ClampedArray} */ image) => [...image]), probabilities: [...probabilities], wrong, opens };
      }, { device, codes: codes(3), one: codes(1) });
      assert.deepEqual(made.opens, [device], "the device is not lost");
      assert.equal(made.images.length, 3);
      assert.ok(made.probabilities.every((/** @type {number} */ one) => one > 0 && one < 1), `${made.probabilities}`);
      assert.deepEqual([made.grid.width, made.grid.height], [128, 128]);
      // The same sums, once with other samples beside them; read through a canvas, which keeps what it was given.
      assert.ok(farthest(made.single.data, made.images[0]) <= 1, "a single picture");
      made.images.forEach((/** @type {number[]} */ image, /** @type {number} */ index) => {
        const found = image.map((_, at) => {
          const [channel, x, y] = [at % 4, (at >> 2) % 64, at >> 8];
          return made.grid.data[4 * ((y + (index >> 1) * 64) * 128 + x + (index % 2) * 64) + channel] ?? NaN;
        });
        assert.ok(farthest(found, image) <= 1, `picture ${index} of the grid`);
      });
      assert.match(made.wrong, /7 numbers are not whole codes: a code of this model has 100/);
      await page.close();
    });
  }
});
