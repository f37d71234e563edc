// Samples like the photographs, where the model knows what their codes are like: drawn without being asked, as the native
// program draws them, and the paper's prior by a switch.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { modelWithCodes, stylewalk, untrained } from "./folder.mjs";
import { farthest } from "./photos.mjs";
import { pixels } from "./png.mjs";
import { refusedByName, site } from "./site.mjs";
import { by, Visit } from "./visit.mjs";

/** The page's samples, as many as it shows. */
const COUNT = 8;
/** G's sums come in another order in wasm; parity.test.mjs has the reasons. */
const STEPS = 2;
/** @typedef {"photographs" | "prior"} Like */
/** What the page says of each way to draw. @type {Record<Like, string>} */
const NOTES = { photographs: "Drawn like the photographs\u2019 codes.", prior: "Drawn from the paper\u2019s prior." };

describe("a model that knows what photographs' codes are like", () => {
  const shared = site({ webgpu: false }, modelWithCodes);
  /** @type {Visit} */ let visit;
  before(async () => { visit = await shared.open(); });
  after(() => visit?.close());

  test("samples are like the photographs, and the prior's after a click, as the program draws both", async () => {
    await shows(visit, "photographs");
    await agree(1, "photographs");
    await draws(visit, "prior");
    await agree(2, "prior");
    await draws(visit, "photographs");
    await agree(3, "photographs");
    await visit.samples();
    await agree(4, "photographs");
    assert.deepEqual(visit.errors, []);
  });

  test("the choice is remembered until the tab closes", async () => {
    await draws(visit, "prior");
    await visit.page.reload();
    await visit.ready();
    await shows(visit, "prior");
    await agree(1, "prior");
    await draws(visit, "photographs");
    const other = await shared.open();
    await shows(other, "photographs");
    await other.close();
  });

  test("a model that does not know has no switch, and draws from the prior", async () => {
    await visit.page.reload();
    await visit.ready();
    await visit.drop([await untrained(shared.folder, "prior-only")], "train-fold");
    await visit.tells("sample-note", NOTES.prior);
    assert.ok(await visit.page.isHidden(by("sample-like")));
    await agree(2, "prior", join(shared.folder, "prior-only"));
    await visit.drop([shared.model], "train-fold");
    await visit.tells("sample-note", NOTES.photographs);
    await shows(visit, "photographs");
  });

  refusedByName(shared, "codes.safetensors");

  for (const [width, colorScheme] of /** @type {[number, "light" | "dark"][]} */ ([[320, "light"], [1280, "dark"]])) {
    test(`the switch is for every finger and eye at ${width} pixels, ${colorScheme}`, async () => {
      const alone = await shared.open("cpu", { viewport: { width, height: 800 }, colorScheme, bypassCSP: true });
      for (const label of await alone.page.locator(`${by("sample-like")} label`).all()) {
        const box = await label.boundingBox();
        assert.ok(box && box.height >= 44 && box.width >= 44, `${box?.width} x ${box?.height}`);
      }
      assert.equal(await alone.page.evaluate(() => document.documentElement.scrollWidth), width, "nothing sticks out");
      assert.equal(await alone.page.getByRole("radio", { name: "Like the photographs" }).isChecked(), true);
      await alone.page.focus(by("sample-like-photographs"));
      await alone.page.keyboard.press("ArrowRight");
      await alone.tells("sample-note", NOTES.prior);
      await alone.page.addScriptTag({ content: await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8") });
      const violations = await alone.page.evaluate(async () => (await /** @type {any} */ (window).axe.run("[data-testid=sample-like]")).violations.map((/** @type {any} */ one) => one.id));
      assert.deepEqual(violations, []);
      await alone.close();
    });
  }

  /** The page's samples are those of the program. @param {number} seed @param {Like} like @param {string} [model] */
  async function agree(seed, like, model = shared.model) {
    const out = join(shared.folder, "samples.png");
    await stylewalk("sample", "--model", model, "--count", String(COUNT), "--seed", String(seed), "--like", like, "--out", out);
    const native = tiles(pixels(await readFile(out)));
    const shown = await pictures(visit);
    assert.equal(shown.length, COUNT);
    const steps = farthest(shown.flat(), native.flat());
    assert.ok(steps <= STEPS, `seed ${seed}, like ${like}: pictures differ by ${steps} of 255`);
  }
});

/** @param {Visit} visit @param {Like} like */
async function shows(visit, like) {
  assert.ok(await visit.page.isVisible(by("sample-like")));
  assert.ok(await visit.page.isChecked(by(`sample-like-${like}`)));
  assert.equal(await visit.text("sample-note"), NOTES[like]);
}

/** Clicks the switch, and waits for what it draws. @param {Visit} visit @param {Like} like */
async function draws(visit, like) {
  await visit.page.check(by(`sample-like-${like}`), { force: true });
  await visit.tells("sample-note", NOTES[like]);
  await visit.quiet();
}

/** The lower halves of the samples, RGB. @param {Visit} visit @returns {Promise<number[][]>} */
function pictures({ page }) {
  return page.$$eval(`${by("samples")} canvas`, (all) => all.map((canvas) => {
    const context = /** @type {HTMLCanvasElement} */ (canvas).getContext("2d");
    return [...context?.getImageData(0, 32, 64, 32).data ?? []].filter((_, at) => at % 4 !== 3);
  }));
}

/** The same of the program's grid: three columns of pictures twice as large, where D's percentages are at their tops. @param {ReturnType<typeof pixels>} grid @returns {number[][]} */
function tiles({ width, rgb }) {
  const [gap, side] = [2, 128];
  return Array.from({ length: COUNT }, (_, index) => {
    const left = gap + (index % 3) * (side + gap);
    const top = gap + Math.floor(index / 3) * (side + gap);
    return Array.from({ length: 32 * 64 }, (_, at) => {
      const [x, y] = [left + 2 * (at % 64), top + 2 * (32 + Math.floor(at / 64))];
      return rgb.slice(3 * (y * width + x), 3 * (y * width + x) + 3);
    }).flat();
  });
}
