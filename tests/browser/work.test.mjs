// What a visitor has made is not lost: it is here after a reload, links ask before they replace it, and leaving a training asks.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { drawn } from "./photos.mjs";
import { site } from "./site.mjs";
import { choose, steps, unfold } from "./training.mjs";
import { by, until, Visit } from "./visit.mjs";

const shared = site({ webgpu: false });

/** @param {Visit} visit @param {number} many */
const pinned = ({ page }, many) => page.waitForFunction((many) => document.querySelectorAll("[data-testid=pins] .pin").length === many, many);

/** @param {Visit} visit */
const titles = ({ page }) => page.$$eval(`${by("pins")} .pin`, (pins) => pins.map((pin) => pin.getAttribute("title")));

/** @param {Visit} visit @returns {Promise<number[][]>} */
const pictures = ({ page }) => page.$$eval(`${by("pins")} canvas`, (all) => all.map((canvas) => [.../** @type {HTMLCanvasElement} */ (canvas).getContext("2d")?.getImageData(0, 0, 64, 64).data ?? []]));

/** What the browser has written down, in this or any tab. @param {Visit} visit @returns {Promise<any[]>} */
const kept = ({ page }) => page.evaluate(() => new Promise((resolve, reject) => {
  const request = indexedDB.open("stylewalk-work");
  request.onsuccess = () => {
    const all = request.result.transaction("work").objectStore("work").getAll();
    all.onsuccess = () => { request.result.close(); resolve(all.result); };
  };
  request.onerror = () => reject(request.error);
}));

/** @param {Visit} visit @param {(records: any[]) => boolean} holds @param {string} what */
const written = (visit, holds, what) => until(() => kept(visit), holds, what);

describe("a reload", () => {
  test("brings back pins, their pictures, the walk and changes", async () => {
    const visit = await shared.open();
    await visit.reconstructs(async () => visit.choose(await drawn(visit.page, { width: 200, height: 260, type: "image/png" })));
    await visit.page.click(by("walk-samples"));
    await pinned(visit, 4);
    await visit.page.click(by("walk-play"));
    await visit.page.click("#walk-form summary");
    await visit.page.fill(by("walk-seconds"), "3.5");
    await visit.page.check(by("walk-spherical"), { force: true });
    await visit.page.click("#tab-change");
    await visit.page.click(`${by("pins")} li:nth-child(2) .pin`);
    await visit.page.waitForSelector("#change-colour input");
    await visit.page.fill(by("direction-brightness"), "1.5");
    await written(visit, ([record]) => record?.changes.amounts.brightness === 1.5 && record.walk.seconds === 3.5, "the change is never written down");
    const before = { titles: await titles(visit), pictures: await pictures(visit) };
    await visit.page.reload();
    await visit.ready();
    await pinned(visit, 4);
    assert.deepEqual({ titles: await titles(visit), pictures: await pictures(visit) }, before);
    assert.equal(await visit.page.inputValue(by("walk-seconds")), "3.5");
    assert.equal(await visit.page.isChecked(by("walk-spherical")), true);
    assert.equal(await visit.page.getAttribute(`${by("pins")} li:nth-child(2) .pin`, "aria-pressed"), "true");
    await visit.page.click("#tab-change");
    await visit.page.waitForSelector("#change-colour input");
    assert.equal(await visit.page.inputValue(by("direction-brightness")), "1.5");
    // What was kept of a photo is enough to put pins together.
    const [record] = await kept(visit);
    assert.equal(record.pins[0].original.length, 64 * 64 * 4);
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("two tabs keep their own, and a new one begins with the newest", async () => {
    const visit = await shared.open();
    const { page } = visit;
    await page.click(`${by("samples")} li:nth-child(1) .pin-it`);
    await written(visit, ([record]) => record?.pins.length === 1, "the first tab's pin is never written down");
    const second = new Visit(await page.context().newPage());
    await second.page.goto(page.url());
    await second.ready();
    await pinned(second, 1);
    for (const sample of [2, 3]) await second.page.click(`${by("samples")} li:nth-child(${sample}) .pin-it`);
    await written(second, (records) => records.some(({ pins }) => pins.length === 3), "the second tab's pins are never written down");
    await page.reload();
    await visit.ready();
    await pinned(visit, 1);
    const third = new Visit(await page.context().newPage());
    await third.page.goto(page.url());
    await third.ready();
    await pinned(third, 3);
    await visit.close();
  });

  test("pins that were taken away stay away, can be brought back before, and all is forgotten on demand", async () => {
    const visit = await shared.open("cpu", { serviceWorkers: "allow" });
    const { page } = visit;
    await page.click(by("walk-samples"));
    await pinned(visit, 4);
    await page.click(by("pins-clear"));
    await pinned(visit, 0);
    await page.click(`${by("pins-clear")}:text("Bring them back")`);
    await pinned(visit, 4);
    await page.click(`${by("pins-clear")}:text("Take all away")`);
    await pinned(visit, 0);
    await written(visit, ([record]) => record?.pins.length === 0, "the empty board is never written down");
    await page.reload();
    await visit.ready();
    assert.deepEqual(await titles(visit), []);
    await page.click(by("walk-samples"));
    await written(visit, ([record]) => record?.pins.length === 4, "pins are never written down");
    await visit.tells("kept", /./);
    await page.click("text=What stays on this machine");
    await page.click(by("forget"));
    await visit.tells("kept", /^Nothing is kept/);
    assert.deepEqual(await kept(visit), []);
    await visit.close();
  });

  test("the browser is asked to keep it, once there is something to keep", async () => {
    const visit = await Visit.open(shared.browser, "about:blank");
    await visit.page.addInitScript(() => {
      const asked = { persist: 0 };
      Object.assign(window, { asked });
      StorageManager.prototype.persisted = async () => false;
      StorageManager.prototype.persist = async () => { asked.persist++; return true; };
    });
    await visit.page.goto(`${shared.server.address}?device=cpu`);
    await visit.ready();
    const asked = () => visit.page.evaluate(() => /** @type {any} */ (window).asked.persist);
    await visit.quiet();
    assert.equal(await asked(), 0, "nothing is there yet");
    await visit.page.click(by("walk-samples"));
    await until(asked, (times) => times === 1, "it is never asked");
    await visit.page.click(by("pins-clear"));
    await visit.quiet();
    assert.equal(await asked(), 1);
    await visit.close();
  });

  test("a browser that forbids keeping says so, and asks before the page is left", async () => {
    const visit = await Visit.open(shared.browser, "about:blank");
    await visit.page.addInitScript(() => { IDBFactory.prototype.open = () => { throw new DOMException("not allowed here", "SecurityError"); }; });
    await visit.page.goto(`${shared.server.address}?device=cpu`);
    await visit.ready();
    await visit.page.click(by("walk-samples"));
    await visit.alert(/^This browser does not keep your pins for the next visit \(not allowed here\): save a link/);
    assert.equal(await leaves(visit), "asked");
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });
});

describe("a link", () => {
  /** @type {string} */ let link;

  test("to pins asks where there are some", async () => {
    const first = await shared.open();
    for (const sample of [1, 2]) await first.page.click(`${by("samples")} li:nth-child(${sample}) .pin-it`);
    await first.page.click("#tab-share");
    link = await first.page.inputValue(by("share-link"));
    assert.ok(!link.includes("device="), "whose device it was made on is nobody else's matter");
    await first.close();

    const visit = await shared.open();
    const follow = () => visit.page.evaluate((hash) => { location.hash = ""; location.hash = hash; }, new URL(link).hash);
    for (const sample of [3, 4, 5]) await visit.page.click(`${by("samples")} li:nth-child(${sample}) .pin-it`);
    await follow();
    await visit.tells("link-question", "It brings 2 pins, and you have 3 pins here.");
    await visit.page.click(by("link-add"));
    await pinned(visit, 5);
    // It was taken: the same again, and a reload, ask nothing.
    await follow();
    await written(visit, ([record]) => record?.pins.length === 5 && record.link.length > 0, "the link is never written down");
    await visit.page.reload();
    await visit.ready();
    await pinned(visit, 5);
    assert.ok(await visit.page.isHidden("#link-dialog"));
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  for (const [way, many] of /** @type {const} */ ([["replace", 2], ["leave", 3]])) {
    test(`${way}s pins where the visitor wants that`, async () => {
      const visit = await shared.open();
      for (const sample of [3, 4, 5]) await visit.page.click(`${by("samples")} li:nth-child(${sample}) .pin-it`);
      await visit.page.evaluate((hash) => { location.hash = hash; }, new URL(link).hash);
      await visit.page.click(by(`link-${way}`));
      await pinned(visit, many);
      if (way === "replace") {
        await visit.page.click(`${by("pins-clear")}:text("Bring them back")`);
        await pinned(visit, 3);
      }
      await visit.close();
    });
  }

  test("with something behind it, or spelled another way, is read", async () => {
    for (const change of [(/** @type {string} */ hash) => `${hash}).`, (/** @type {string} */ hash) => `${hash} `, (/** @type {string} */ hash) => `${hash}A`, (/** @type {string} */ hash) => hash.replace(".", "%2E")]) {
      const { hash, origin } = new URL(link);
      const visit = await Visit.open(shared.browser, `${origin}/?device=cpu${change(hash)}`);
      await visit.ready();
      await pinned(visit, 2);
      assert.equal(await visit.page.getAttribute(by("status"), "role"), "status");
      await visit.close();
    }
  });
});

describe("a training", () => {
  test("asks before it is left, until it is saved or forgotten", async () => {
    const visit = await shared.open();
    assert.equal(await leaves(visit), "left");
    await visit.ready();
    await unfold(visit);
    await choose(visit, { width: 1, batch: 2 });
    await visit.page.click(by("train-step"));
    await steps(visit, 1);
    assert.equal(await leaves(visit), "asked");
    const download = visit.page.waitForEvent("download");
    await visit.page.click(by("train-export-run"));
    await download;
    await visit.tells("status", /^The run is saved/);
    assert.equal(await leaves(visit), "left");
    await visit.close();
  });
});

/** Whether the browser asks when the page is loaded again; it then stays. @param {Visit} visit @returns {Promise<"asked" | "left">} */
async function leaves({ page }) {
  let asked = false;
  /** @param {import("playwright-core").Dialog} dialog */
  const stay = async (dialog) => {
    asked = true;
    await dialog.dismiss();
  };
  page.on("dialog", stay);
  // A page that nobody has touched may not ask.
  await page.click("h1");
  await page.evaluate(() => { document.body.dataset.left = "no"; setTimeout(() => location.reload()); });
  const left = () => page.evaluate(() => document.body?.dataset.left !== "no").catch(() => false);
  const gone = await until(async () => asked || await left(), (over) => over, "the page neither goes nor asks") && !asked;
  page.off("dialog", stay);
  return gone ? "left" : "asked";
}
