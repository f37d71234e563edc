// How new a picture is: the photographs trained on that are nearest to what is shown, as the native program finds them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { stylewalk, untrained } from "./folder.mjs";
import { serve } from "./server.mjs";
import { flipped, site } from "./site.mjs";
import { by, until, Visit } from "./visit.mjs";

const FILE = "neighbours.safetensors";
const FEW = 5;

describe("a model with photographs beside it", () => {
  const shared = site({ webgpu: true }, withPhotographs);

  for (const device of ["cpu", "webgpu"]) {
    test(`on the ${device}, the nearest are the program's, in its order`, async () => {
      const visit = await shared.open(device);
      const photo = join(shared.folder, "photographs/train", (await readdir(join(shared.folder, "photographs/train"), { recursive: true })).filter((name) => name.endsWith(".png")).sort()[7] ?? "");
      await visit.reconstructs(() => visit.choose(photo));
      await visit.page.click(`${by("nearest")} summary`);
      const { numbers } = JSON.parse(await stylewalk("nearest", shared.model, photo, "--json", "--out", join(shared.folder, "nearest.png")));
      assert.deepEqual(await shown(visit, "nearest", FEW), numbers);
      assert.deepEqual(visit.errors, []);
      await visit.close();
    });
  }

  test("a walk's neighbours change while it is walked, by hand and by keyboard", async () => {
    const visit = await shared.open();
    await visit.page.click(by("walk-samples"));
    // It begins by itself, once the pins are there.
    await visit.tells("walk-play", "Pause");
    await visit.page.click(by("walk-play"));
    await visit.page.focus(`${by("walk-nearest")} summary`);
    await visit.page.keyboard.press("Enter");
    await visit.page.fill(by("walk-position"), "0");
    const first = await settledAt(visit, "0");
    await visit.page.focus(by("walk-position"));
    await visit.page.keyboard.press("End");
    const last = await settledAt(visit, await visit.page.getAttribute(by("walk-position"), "max") ?? "");
    await visit.page.click(`#walk-strip canvas`, { position: { x: 3, y: 3 } });
    assert.deepEqual(await settledAt(visit, "0"), first);
    // A loop's last picture is almost its first: the middle is another.
    const middle = String(Math.floor(Number(await visit.page.getAttribute(by("walk-position"), "max")) / 2));
    await visit.page.fill(by("walk-position"), middle);
    assert.notDeepEqual(await settledAt(visit, middle), first);
    assert.equal(last.length, FEW);
    await visit.page.click(by("walk-play"));
    const before = await drawings(visit, "walk-nearest");
    await until(() => drawings(visit, "walk-nearest"), (count) => count > before + 3, "they follow the walk");
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("each sample has its nearest below it", async () => {
    const visit = await shared.open();
    await visit.page.click(`${by("sample-nearest")} summary`);
    const first = await shown(visit, "sample-nearest", 8);
    await visit.samples();
    await until(() => shown(visit, "sample-nearest", 8), (now) => String(now) !== String(first), "those of other samples");
    await visit.close();
  });

  test("the file comes when somebody looks, and is kept from then on", async () => {
    const server = await serve({}, () => shared.model);
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`, { serviceWorkers: "allow" });
    await visit.ready();
    await visit.tells("kept", /work without a network/);
    assert.ok(!server.asked("/weights/").includes(FILE));
    await visit.page.click(`${by("sample-nearest")} summary`);
    await shown(visit, "sample-nearest", 8);
    await until(() => visit.page.evaluate(async () => (await (await caches.open("stylewalk-models")).keys()).length), (count) => count === 5, "model.json, three networks and the photographs are kept");
    await visit.quiet();
    server.leave(true);
    await visit.page.reload();
    await visit.ready();
    await visit.page.click(`${by("sample-nearest")} summary`);
    await shown(visit, "sample-nearest", 8);
    await visit.close();
    await server.close();
  });

  /** @type {[string, import("./server.mjs").Answer, RegExp][]} */
  const damaged = [
    ["missing", () => 404, /neighbours\.safetensors.*404/],
    ["damaged", (bytes) => flipped(bytes), /neighbours\.safetensors is damaged.*sha256/],
    ["truncated", (bytes) => bytes.subarray(0, 1000), /neighbours\.safetensors has 1000 bytes/],
  ];
  for (const [what, answer, expected] of damaged) {
    test(`a ${what} file is refused by name, and taken when it is whole`, async () => {
      const server = await serve({ [`/weights/${FILE}`]: answer }, () => shared.model);
      const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`);
      await visit.ready();
      await visit.page.click(`${by("sample-nearest")} summary`);
      await visit.alert(expected);
      await until(() => visit.page.textContent(`${by("sample-nearest")} .note`), (note) => /did not come/.test(note ?? ""), "the row says so, too");
      server.right();
      await visit.page.click(by("retry"));
      await shown(visit, "sample-nearest", 8);
      await visit.close();
      await server.close();
    });
  }

  test("a model without photographs has no such rows", async () => {
    const visit = await shared.open();
    assert.ok(await visit.page.isVisible(by("sample-nearest")));
    await visit.drop([await untrained(shared.folder, "without")], "train-fold");
    await until(() => visit.page.isHidden(by("sample-nearest")), Boolean, "it goes");
    await visit.close();
  });
});

/** @param {string} folder @returns {Promise<string>} the model */
async function withPhotographs(folder) {
  const [model, photographs] = [await untrained(folder, "model"), join(folder, "photographs")];
  await stylewalk("data", "draw", photographs, "--count", "60", "--test-share", "0");
  await stylewalk("neighbours", model, photographs);
  return model;
}

/** The numbers of the photographs in a row, the first 0, once there are so many. @param {Visit} visit @param {string} row @param {number} count */
async function shown({ page }, row, count) {
  const look = () => page.$$eval(`${by(row)} canvas`, (all) => all.map((canvas) => Number(/** @type {HTMLElement} */ (canvas).dataset.number ?? -1)));
  return until(look, (numbers) => numbers.length === count, `${count} photographs`);
}

/** @param {Visit} visit @param {string} row @returns {Promise<number>} how often it was drawn */
async function drawings({ page }, row) {
  return Number(await page.getAttribute(`${by(row)} ul`, "data-shown"));
}

/** The row below a walk that stands still at a frame. @param {Visit} visit @param {string} frame */
async function settledAt(visit, frame) {
  await until(() => visit.page.getAttribute("#walk-frame", "data-frame"), (now) => now === frame, `frame ${frame}`);
  await visit.quiet();
  return shown(visit, "walk-nearest", FEW);
}
