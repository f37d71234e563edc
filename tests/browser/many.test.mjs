// Many photos at once, and quickly one after the other: each has its turn, none is lost, and what could not be used is named.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zipped } from "./archives.mjs";
import { drawn, plain } from "./photos.mjs";
import { serve } from "./server.mjs";
import { site } from "./site.mjs";
import { unfold } from "./training.mjs";
import { by, Visit } from "./visit.mjs";

const shared = site({ webgpu: false });

/** A photo of a grey of its own, so that each has a code of its own. @param {number} index */
function grey(index) {
  const photo = plain(40 + (index % 7), 50, 30 + index);
  return { ...photo, name: `photo-${String(index).padStart(3, "0")}.png` };
}

/** @param {Visit} visit */
const titles = (visit) => visit.page.$$eval(`${by("pins")} .pin`, (pins) => pins.map((pin) => pin.getAttribute("title")));

/** @param {Visit} visit @param {number} many */
const pinned = ({ page }, many) => page.waitForFunction((many) => document.querySelectorAll("[data-testid=pins] .pin").length === many, many);

/** The page's own memory is not what photos are in: their bytes are. How many are being held at once is counted. */
function countReads() {
  const held = { now: 0, most: 0 };
  Object.assign(window, { held });
  const read = File.prototype.arrayBuffer;
  File.prototype.arrayBuffer = async function () {
    held.most = Math.max(held.most, ++held.now);
    return read.call(this);
  };
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (/** @type {any[]} */ ...message) {
    if (["reconstruct", "embed"].includes(message[0]?.name)) held.now = Math.max(0, held.now - 1);
    return postMessage.apply(this, /** @type {any} */ (message));
  };
}

describe("many photos", () => {
  test("200 are taken one after the other, with progress, and what is none is named at the end", async () => {
    const visit = await shared.open();
    await visit.page.evaluate(countReads);
    const photos = Array.from({ length: 198 }, (_, index) => grey(index));
    const text = (/** @type {string} */ name) => ({ name, mimeType: "text/plain", buffer: Buffer.from("Trousers, shirt, hat.") });
    photos.splice(5, 0, text("notes.txt"));
    photos.splice(120, 0, text("list.txt"));
    await visit.choose(photos);
    await visit.page.waitForFunction(() => /^[2-9]\d of 200$/.test(document.querySelector("#intake-text")?.textContent ?? ""));
    assert.ok(await visit.page.isVisible(by("intake-progress")));
    const told = await visit.alert(/^200 files were chosen; 198 are pinned; 2 could not be used: notes\.txt, list\.txt\.$/);
    assert.ok(told);
    assert.equal((await titles(visit)).length, 198);
    assert.equal((await titles(visit))[0], "photo-000.png");
    assert.ok(await visit.page.isHidden(by("intake-progress")));
    const why = await visit.page.$$eval(`${by("refused")} li`, (items) => items.map((item) => item.textContent ?? ""));
    assert.equal(why.length, 2);
    assert.match(why[0] ?? "", /^notes\.txt: .*text/);
    const { most } = await visit.page.evaluate(() => /** @type {any} */ (window).held);
    assert.equal(most, 1, "no photo is read before the one before it is done");
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("they can be stopped, and one that comes meanwhile is shown at once", async () => {
    const visit = await shared.open();
    await visit.choose(Array.from({ length: 150 }, (_, index) => grey(index)));
    await visit.page.waitForFunction(() => document.querySelectorAll("[data-testid=pins] .pin").length >= 3);
    const other = { ...await drawn(visit.page, { width: 200, height: 260, type: "image/png" }), name: "other.png" };
    await visit.reconstructs(() => visit.choose(other));
    assert.match(await visit.page.getAttribute(by("original"), "aria-label") ?? "", /other\.png/);
    assert.ok((await titles(visit)).length < 150, "it did not wait for the others");
    await visit.page.click(by("intake-stop"));
    await visit.alert(/^150 files were chosen; \d+ are pinned; \d+ were left when you stopped\.$/);
    await visit.quiet();
    assert.ok((await titles(visit)).length < 150);
    await visit.close();
  });

  test("what finds no room on the board is counted", async () => {
    const visit = await shared.open();
    await visit.choose(Array.from({ length: 203 }, (_, index) => grey(index)));
    await visit.alert(/^203 files were chosen; 200 are pinned; 3 found no room, as the board holds 200 pins\.$/);
    await visit.close();
  });

  test("the first of many may be none, and one too large keeps no other out", async () => {
    const visit = await shared.open();
    const broken = { name: "broken.jpg", mimeType: "image/jpeg", buffer: Buffer.from("Trousers") };
    await visit.choose([broken, grey(1), grey(2)]);
    await visit.alert(/^3 files were chosen; 2 are pinned; 1 could not be used: broken\.jpg\.$/);
    assert.deepEqual(await titles(visit), ["photo-001.png", "photo-002.png"]);
    assert.match(await visit.page.getAttribute(by("original"), "aria-label") ?? "", /photo-001\.png/, "the first that is a photo is shown");
    await visit.close();
  });

  test("two dropped quickly one after the other are both pinned, and the second is on the plate", async () => {
    const visit = await shared.open();
    await visit.choose(grey(1));
    await visit.choose(grey(2));
    await pinned(visit, 2);
    assert.deepEqual(await titles(visit), ["photo-001.png", "photo-002.png"]);
    await visit.page.waitForFunction(() => /photo-002/.test(document.querySelector("[data-testid=original]")?.getAttribute("aria-label") ?? ""));
    await visit.close();
  });

  test("two that come before the model are both pinned", async () => {
    /** @type {() => void} */
    let release = () => {};
    const held = new Promise((resolve) => { release = () => resolve(undefined); });
    const server = await serve({ "/weights/generator.safetensors": () => /** @type {Promise<undefined>} */ (held) });
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`);
    await visit.choose(grey(1));
    await visit.tells("status", /photo-001\.png comes as soon as/);
    await visit.choose(grey(2));
    await visit.tells("status", /photo-002\.png comes as soon as/);
    release();
    await pinned(visit, 2);
    assert.deepEqual(await titles(visit), ["photo-001.png", "photo-002.png"]);
    assert.deepEqual(visit.errors, []);
    await visit.close();
    await server.close();
  });
});

describe("an archive of photos", () => {
  /** @param {string} name @param {Buffer} content */
  async function onDisk(name, content) {
    const path = join(shared.folder, name);
    await writeFile(path, content);
    return path;
  }

  const photos = [grey(1), grey(2), grey(3)].map(({ name, buffer }) => ({ path: `holiday/${name}`, content: buffer }));
  const rubbish = [{ path: "__MACOSX/holiday/._photo-001.png", content: Buffer.from("x") }, { path: "holiday/.DS_Store", content: Buffer.from("x") }];

  test("dropped or chosen, its photos are taken in their order, and rubbish in it is not", async () => {
    const visit = await shared.open();
    const path = await onDisk("holiday.zip", zipped([...photos.toReversed(), ...rubbish]));
    await visit.drop([path]);
    await visit.tells("status", "3 files were dropped; this is the first, photo-001.png, and all are pinned.");
    assert.deepEqual(await titles(visit), ["photo-001.png", "photo-002.png", "photo-003.png"]);
    await visit.page.click(by("pins-clear"));
    await visit.choose(path);
    await visit.tells("status", "3 files were chosen; this is the first, photo-001.png, and all are pinned.");
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("is trained on where it falls on the training", async () => {
    const visit = await shared.open();
    await unfold(visit);
    const path = await onDisk("wardrobe.zip", zipped(photos));
    await visit.drop([path], "train-start");
    await visit.tells("train-photo-count", "3 photos");
    await visit.close();
  });

  test("damaged, cut off, locked or empty, it is told by its name", async () => {
    const visit = await shared.open();
    const whole = zipped(photos);
    const locked = Buffer.from(whole);
    for (let at = locked.indexOf("PK\x01\x02"); at >= 0; at = locked.indexOf("PK\x01\x02", at + 1)) locked.writeUInt16LE(1, at + 8);
    /** @type {[string, Buffer, RegExp][]} */
    const cases = [
      ["cut.zip", whole.subarray(0, whole.length - 30), /^cut\.zip: the archive cannot be used, as it is damaged/],
      ["text.zip", Buffer.from("Trousers, shirt, hat."), /^text\.zip: the archive cannot be used/],
      ["empty.zip", zipped([]), /^empty\.zip: there is no file in this archive/],
      ["locked.zip", locked, /3 could not be used: photo-001\.png, photo-002\.png, photo-003\.png/],
    ];
    for (const [name, content, expected] of cases) {
      await visit.choose(await onDisk(name, content));
      await visit.alert(expected);
    }
    assert.match(await visit.page.textContent(`${by("refused")} li`) ?? "", /locked with a password/);
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("a list that lies about sizes fills no memory", async () => {
    const visit = await shared.open();
    const bomb = zipped([{ path: "bomb.png", content: Buffer.alloc(100_000_000) }]);
    // The list says that a kilobyte comes out.
    bomb.writeUInt32LE(1_000, bomb.indexOf("PK\x01\x02") + 24);
    await visit.choose(await onDisk("bomb.zip", bomb));
    await visit.alert(/^bomb\.png: the archive cannot be used, as it is damaged/);
    await visit.close();
  });

  test("folders in a dropped folder are taken, too", async () => {
    const visit = await shared.open();
    const { mkdir } = await import("node:fs/promises");
    await mkdir(join(shared.folder, "album/summer"), { recursive: true });
    await onDisk("album/photo-001.png", grey(1).buffer);
    await onDisk("album/summer/photo-002.png", grey(2).buffer);
    await onDisk("album/Thumbs.db", Buffer.from("x"));
    await visit.drop([join(shared.folder, "album")]);
    await visit.tells("status", "2 files were dropped; this is the first, photo-001.png, and all are pinned.");
    await visit.close();
  });
});

describe("what is no file", () => {
  test("text that is pasted into a field stays text", async () => {
    const visit = await shared.open("cpu", { permissions: ["clipboard-read", "clipboard-write"] });
    await unfold(visit);
    await visit.page.evaluate(() => navigator.clipboard.writeText("12"));
    await visit.page.fill(by("train-batch"), "");
    await visit.page.focus(by("train-batch"));
    await visit.page.keyboard.press("Control+V");
    await visit.page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.querySelector("[data-testid=train-batch]")).value === "12");
    assert.equal(await visit.page.getAttribute(by("status"), "role"), "status", "nobody complains");
    await visit.close();
  });

  test("text dragged over the page lights nothing up; a picture's address is told, and one that is the picture is shown", async () => {
    const visit = await shared.open();
    const photo = await drawn(visit.page, { width: 40, height: 50, type: "image/png" });
    const drag = (/** @type {string} */ type, /** @type {Record<string, string>} */ data) => visit.page.evaluate(([type, data]) => {
      const transfer = new DataTransfer();
      for (const [kind, text] of Object.entries(data)) transfer.setData(kind, text);
      const event = new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true });
      document.body.dispatchEvent(event);
      return event.defaultPrevented;
    }, /** @type {const} */ ([type, data]));
    assert.equal(await drag("dragover", { "text/plain": "a shirt" }), false);
    assert.equal(await visit.page.locator(".dragging").count(), 0);
    await drag("drop", { "text/uri-list": "https://example.com/shirt.jpg" });
    await visit.alert(/^Only the address of a picture was dropped/);
    await visit.reconstructs(() => drag("drop", { "text/uri-list": `data:image/png;base64,${photo.buffer.toString("base64")}` }));
    await visit.close();
  });
});
