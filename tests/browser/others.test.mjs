// The main paths of the page in the browsers that are not Chromium, on the CPU.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { firefox } from "./others/firefox.mjs";
import { Visitor } from "./others/visitor.mjs";
import { webkit } from "./others/webkit.mjs";
import { farthest } from "./photos.mjs";
import { serve } from "./server.mjs";
import { by, until } from "./visit.mjs";

/** @param {string} name @returns {string} the path of one of the page's own examples */
const example = (name) => fileURLToPath(new URL(`../../web/examples/${name}.jpg`, import.meta.url));

for (const browser of [firefox, webkit]) {
  describe(browser.name, () => {
    /** @type {Visitor} */ let visitor;
    /** @type {Awaited<ReturnType<typeof serve>>} */ let server;
    /** @type {string} what is saved goes here */ let folder;
    /** @type {string} */ let page;
    before(async () => {
      if (browser.absent) return;
      server = await serve();
      page = `${server.address}?device=cpu`;
      folder = await mkdtemp(join(tmpdir(), "stylewalk-"));
      visitor = new Visitor(await browser.open(folder));
      await visitor.arrive(page);
    });
    after(async () => {
      await visitor?.tab.close();
      await server?.close();
      if (folder) await rm(folder, { recursive: true });
    });

    /** A path that shows as skipped where the browser is not. @param {string} name @param {() => Promise<unknown>} walked */
    const path = (name, walked) => test(`${browser.name}: ${name}`, { skip: browser.absent }, async () => {
      await walked();
      assert.deepEqual(await visitor.errors(), []);
    });

    path("a photo is chosen, dropped, and rebuilt on the CPU", async () => {
      const chosen = await visitor.rebuilds(() => visitor.tab.files(by("photo-input"), [example("dress")]));
      assert.ok(farthest(chosen.original, chosen.reconstruction) > 0);
      const bytes = await readFile(example("shirt"));
      const dropped = await visitor.rebuilds(() => visitor.drop("drop-zone", { name: "shirt.jpg", type: "image/jpeg", bytes }));
      assert.ok(farthest(dropped.reconstruction, chosen.reconstruction) > 0);
      assert.equal(await visitor.text("device"), "cpu");
      await visitor.pinned(2);
    });

    path("a photo is turned in the dialog, which closes", async () => {
      const open = (/** @type {number} */ many) => until(() => visitor.count("#crop-dialog[open]"), (now) => now === many, `${many} dialogs are never open`);
      await visitor.click("crop");
      await open(1);
      await visitor.click("crop-turn");
      await visitor.rebuilds(() => visitor.click("crop-use"));
      await open(0);
      await visitor.pinned(3);
    });

    path("new samples come", () => visitor.changes(`${by("samples")} canvas`, () => visitor.click("sample")));

    path("a walk goes from pin to pin", async () => {
      await visitor.click("walk-play");
      const shown = async () => Number(await visitor.attribute("#walk-frame", "data-shown"));
      await until(shown, (many) => many >= 5, "the walk never shows five pictures");
      await visitor.click("walk-play");
      await visitor.tells("walk-play", /^Play$/);
    });

    path("a slider changes a pin, which is pinned anew", async () => {
      await visitor.tab.click("#tab-change");
      await until(() => visitor.count(by("direction-brightness")), (many) => many === 1, "there is never a slider");
      await visitor.changes(by("change-canvas"), () => visitor.tab.press(by("direction-brightness"), "ArrowRight"));
      await visitor.click("change-pin");
      await visitor.pinned(4);
    });

    path("two pins are put together", async () => {
      await visitor.tab.click("#tab-patchwork");
      const made = by("patchwork-made");
      await until(() => visitor.attribute(made, "data-shown"), Boolean, "nothing is put together");
      await visitor.fill("patchwork-from", await visitor.tab.evaluate((selector) => /** @type {HTMLSelectElement | null} */ (document.querySelector(selector))?.options[0]?.value ?? "", by("patchwork-from")));
      await visitor.changes(made, () => visitor.click("patchwork-top"));
      await visitor.changes(by("patchwork-canvas"), () => visitor.tab.draw(by("patchwork-canvas"), [[0.3, 0.8], [0.7, 0.8]]));
    });

    path("the numbers are refined", async () => {
      const quality = async () => Number.parseFloat(await visitor.text("psnr"));
      const before = await quality();
      await visitor.click("refine");
      await until(quality, (now) => now >= before + 0.2, "the picture never becomes better");
      await visitor.stops("refine", "Refine");
    });

    path("a wish for another colour is found", async () => {
      await visitor.tab.click(`${by("wishes")} > summary`);
      // The kinds that come late move what lies below them.
      await until(() => visitor.count(`${by("wish-kind")} option`), (many) => many > 3, "no kinds are offered");
      await visitor.fill("wish-colour", "#2040b0");
      await visitor.fill("wish-count", "1");
      const before = middle(await visitor.picture(by("reconstruction")));
      await visitor.click("wish-go");
      await until(() => visitor.count(`${by("wish-candidates")} .candidate`), (many) => many === 1, "there is no candidate");
      const bluer = async () => middle(await visitor.picture(by("reconstruction")));
      await until(bluer, ([red = 0, , blue = 0]) => blue - red > (before[2] ?? 0) - (before[0] ?? 0) + 20, "it never becomes bluer");
      await visitor.stops("wish-go", "Look for it");
    });

    path("a training takes one step", async () => {
      await visitor.click("train-fold");
      await visitor.click("train-from-nothing");
      await visitor.fill("train-width", "1");
      await visitor.fill("train-batch", "2");
      await visitor.click("train-step");
      await visitor.tells("train-count", /^1$/);
      assert.equal(await visitor.text("train-device"), "cpu");
      // A page with a training asks before it is left, which drivers answer each in its own way.
      await until(() => visitor.attribute("#train", "aria-busy"), (busy) => busy === "false", "the step never ends");
      await visitor.click("train-reset");
      await visitor.tells("train-start", /^Start training$/);
    });

    path("the picture is saved", async () => {
      await visitor.click("take-picture");
      await visitor.tells("status", /^stylewalk\.png is saved\.$/);
      const saved = () => readdir(folder).then((names) => names.filter((name) => name === "stylewalk.png"));
      await until(saved, (names) => names.length === 1, "no file comes");
      const whole = () => readFile(join(folder, "stylewalk.png"));
      const file = await until(whole, (bytes) => bytes.includes("IEND"), "the file never ends");
      assert.deepEqual([file.readUInt32BE(16), file.readUInt32BE(20)], [512, 512]);
    });

    path("a link brings the pins back", async () => {
      await visitor.tab.click("#tab-share");
      const link = new URL(await visitor.value("share-link"));
      const pictures = () => Promise.all([1, 2, 3, 4].map((pin) => visitor.picture(`${by("pins")} li:nth-child(${pin}) canvas`)));
      const before = await pictures();
      await visitor.open(page + link.hash);
      await visitor.tells("link-question", /^It brings 4 pins, and you have 4 pins here\.$/);
      await visitor.click("link-replace");
      await visitor.tells("status", /^The link's 4 pins are here\.$/);
      for (const [index, picture] of (await pictures()).entries()) assert.ok(farthest(picture, before[index] ?? []) <= 2, `pin ${index + 1}`);
    });

    path("the page works without a network, and refines there", async () => {
      await visitor.tells("kept", /refining and training too/);
      server.leave(true);
      await visitor.arrive(page);
      await visitor.pinned(4);
      await visitor.rebuilds(() => visitor.tab.files(by("photo-input"), [example("shorts")]));
      await visitor.click("refine");
      await visitor.tells("refine-note", /^Refined/);
      await visitor.stops("refine", "Refine");
    });
  });
}

/** The mean of the colours in the middle of a picture. @param {number[]} picture RGBA */
function middle(picture) {
  const places = Array.from({ length: 16 * 16 }, (_, at) => 4 * (64 * (24 + (at >> 4)) + 24 + (at & 15)));
  return [0, 1, 2].map((channel) => places.reduce((sum, at) => sum + (picture[at + channel] ?? 0), 0) / places.length);
}
