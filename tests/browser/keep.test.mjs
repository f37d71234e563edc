// What leaves and what stays: links that restore everything, the page without a network, and the button that forgets.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { farthest } from "./photos.mjs";
import { dist, model, serve } from "./server.mjs";
import { site } from "./site.mjs";
import { by, Visit } from "./visit.mjs";

const shared = site({ webgpu: true });

describe("links", () => {
  /** @type {string} */ let link;
  /** @type {number[][]} */ let pictures;

  test("a link holds pins and walk, and is copied", async () => {
    const visit = await shared.open("cpu", { permissions: ["clipboard-read", "clipboard-write"] });
    await visit.page.click("#tab-share");
    assert.equal(await visit.page.isDisabled(by("share-copy")), true, "nothing to share yet");
    await visit.page.click("#tab-walk");
    await visit.page.click(by("walk-samples"));
    await visit.page.click(by("walk-play"));
    await visit.page.click("#walk-form summary");
    await visit.page.fill(by("walk-seconds"), "3.5");
    await visit.page.check(by("walk-spherical"), { force: true });
    await visit.page.focus("#tab-walk");
    for (let press = 0; press < 3; press++) await visit.page.keyboard.press("ArrowRight");
    await visit.page.click(by("share-copy"));
    await visit.tells("status", "The link is copied.");
    link = await visit.page.evaluate(() => navigator.clipboard.readText());
    assert.equal(link, await visit.page.inputValue(by("share-link")));
    assert.ok(link.length < 1400, `four pins in ${link.length} letters`);
    pictures = await pins(visit);
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  for (const device of ["cpu", "webgpu"]) {
    test(`opened in a fresh profile on the ${device}, it shows the same pictures`, async () => {
      const visit = await Visit.open(shared.browser, link.replace("#", `?device=${device}#`));
      await visit.ready();
      await visit.tells("device", device);
      await visit.page.waitForFunction(() => document.querySelectorAll("[data-testid=pins] .pin").length === 4);
      const restored = await pins(visit);
      // Numbers in a link have 16 bits, and devices add up in different orders: pictures may round to the other byte.
      for (const [index, picture] of restored.entries()) assert.ok(farthest(picture, pictures[index] ?? []) <= 2);
      assert.equal(await visit.page.inputValue(by("walk-seconds")), "3.5");
      assert.equal(await visit.page.isChecked(by("walk-spherical")), true);
      assert.deepEqual(visit.errors, []);
      await visit.close();
    });
  }

  test("damaged links get a sentence, and the page stays usable", async () => {
    const visit = await shared.open();
    const whole = new URL(link).hash;
    /** @type {[string, RegExp][]} */
    const cases = [
      [whole.slice(0, -9), /damaged, perhaps cut off/],
      [`${whole.slice(0, 40)}${whole[40] === "A" ? "B" : "A"}${whole.slice(41)}`, /damaged/],
      ["#w1.***", /damaged/],
      ["#w9.AAAA", /newer version/],
      ["#section", /not a link of this page/],
    ];
    for (const [hash, expected] of cases) {
      await visit.page.evaluate(() => { /** @type {HTMLElement} */ (document.querySelector("[data-testid=status]")).textContent = ""; });
      await visit.page.evaluate((to) => { location.hash = to; }, hash);
      await visit.alert(expected);
    }
    await visit.page.evaluate((to) => { location.hash = to; }, whole);
    await visit.page.waitForFunction(() => document.querySelectorAll("[data-testid=pins] .pin").length === 4);
    await visit.close();
  });

  test("a link made with another model says so", async () => {
    const bytes = Buffer.from(link.split("#w1.")[1] ?? "", "base64url");
    bytes.writeUInt32LE((bytes.readUInt32LE(4) ^ 1) >>> 0, 4);
    bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
    const visit = await Visit.open(shared.browser, `${shared.server.address}?device=cpu#w1.${bytes.toString("base64url")}`);
    await visit.alert(/made with another model/);
    await visit.close();
  });
});

describe("without a network", () => {
  test("after a visit the page and its model work offline, until they are forgotten", async () => {
    const own = await serve();
    const visit = await Visit.open(shared.browser, `${own.address}?device=cpu`, { serviceWorkers: "allow" });
    await visit.ready();
    await visit.tells("kept", /kept on this device.*without a network, refining and training too/);
    const kept = await visit.page.evaluate(async () => {
      const names = (await caches.keys()).filter((name) => name.startsWith("stylewalk-page"));
      const requests = await (await caches.open(names[0] ?? "")).keys();
      const files = requests.map(({ url }) => url.slice(document.baseURI.replace(/\?.*/, "").length));
      // Beside the files is what says that all of them are there.
      return names.length === 1 && files.includes("whole") ? files.filter((file) => file !== "whole") : names;
    });
    assert.deepEqual(kept.toSorted(), await built());
    own.leave(true);
    await visit.page.reload();
    await visit.ready();
    await visit.page.click(by("walk-samples"));
    await visit.page.waitForFunction(() => document.querySelectorAll("[data-testid=pins] .pin").length === 4);
    assert.equal((await pins(visit)).length, 4);
    own.leave(false);
    await visit.page.reload();
    await visit.ready();
    await visit.tells("kept", /./);
    await visit.page.click("text=What stays on this machine");
    await visit.page.click(by("forget"));
    await visit.tells("kept", /^Nothing is kept/);
    const left = await visit.page.evaluate(async () => ({ caches: await caches.keys(), workers: (await navigator.serviceWorker.getRegistrations()).length }));
    assert.deepEqual(left, { caches: [], workers: 0 });
    await own.close();
    await visit.close();
  });

  test("a new version of the page shows at the next visit, and then offline", async () => {
    let told = "standfirst";
    const rigged = await serve({ "/index.html": (file) => file.toString().replace("Show it something you wear.", `${told}.`), "/": (file) => file.toString().replace("Show it something you wear.", `${told}.`) });
    const visit = await Visit.open(shared.browser, `${rigged.address}?device=cpu`, { serviceWorkers: "allow" });
    const line = () => visit.page.textContent(".standfirst");
    const kept = () => visit.tells("kept", /./);
    await kept();
    told = "A new version";
    await visit.page.reload();
    assert.match(await line() ?? "", /^A new version/);
    await kept();
    rigged.leave(true);
    await visit.page.reload();
    await visit.ready();
    assert.match(await line() ?? "", /^A new version/);
    await visit.close();
    await rigged.close();
  });

  test("where there is no room to keep anything, the page works and says so", async () => {
    const full = await serve({ "/js/main.js": (file) => `Cache.prototype.put = async () => { throw new DOMException("full", "QuotaExceededError"); };${file}` });
    const visit = await Visit.open(shared.browser, `${full.address}?device=cpu`, { serviceWorkers: "allow" });
    await visit.ready();
    await visit.tells("kept", /no room/);
    assert.deepEqual(visit.errors, []);
    await visit.close();
    await full.close();
  });

  test("another model's directory is kept by its own hashes", async () => {
    const names = await readdir(model);
    const contents = Object.fromEntries(await Promise.all(names.map(async (name) => [`/other/${name}`, await readFile(join(model, name))])));
    const rigged = await serve(Object.fromEntries(Object.entries(contents).map(([path, bytes]) => [path, () => bytes])));
    const visit = await Visit.open(shared.browser, `${rigged.address}?device=cpu&model=other`, { serviceWorkers: "allow" });
    await visit.ready();
    await visit.tells("kept", /kept on this device/);
    rigged.leave(true);
    await visit.page.reload();
    await visit.ready();
    assert.deepEqual(await visit.page.getAttribute(by("status"), "role"), "status");
    await visit.close();
    await rigged.close();
  });
});

/** The built page without the model, and without what only servers, other sites and tests read. */
async function built() {
  const files = (await readdir(dist, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(dist.replace(/\/$/, "").length + 1))
    .filter((name) => !/^weights\/|\.(br|gz|d\.ts)$|^(sw\.js|files\.json|preview\.png)$/.test(name))
    .map((name) => (name === "index.html" ? "" : name)).toSorted();
}

/** The pins' pictures. @param {Visit} visit @returns {Promise<number[][]>} */
async function pins({ page }) {
  return page.$$eval(`${by("pins")} canvas`, (all) => all.map((canvas) => [.../** @type {HTMLCanvasElement} */ (canvas).getContext("2d")?.getImageData(0, 0, 64, 64).data ?? []]));
}

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
