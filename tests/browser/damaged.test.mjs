// What cannot be shown or loaded has its sentence, and the page stays usable.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { drawn, plain } from "./photos.mjs";
import { POLICY, serve } from "./server.mjs";
import { flipped, site } from "./site.mjs";
import { by, Visit } from "./visit.mjs";

const shared = site({ webgpu: false });

describe("damaged photos", () => {
  /** @type {Visit} */ let visit;
  /** @type {import("./visit.mjs").PhotoFile} */ let good;
  before(async () => {
    visit = await shared.open();
    good = await drawn(visit.page, { width: 320, height: 240, type: "image/jpeg" });
  });
  after(() => visit?.close());

  /** @param {string} name @param {Buffer} buffer @param {string} [mimeType] */
  const file = (name, buffer, mimeType = "image/jpeg") => ({ name, mimeType, buffer });

  test("a text file dropped", async () => {
    const path = join(shared.folder, "notes.txt");
    await writeFile(path, "Trousers, shirt, hat.");
    await visit.drop([path]);
    assert.match(await visit.alert(/^Notes\.txt: .*(JPEG|PNG|WebP)/i), /JPEG/i);
    await visit.usable(good);
  });

  test("text pasted", async () => {
    await visit.page.evaluate(() => {
      const data = new DataTransfer();
      data.setData("text/plain", "a shirt");
      document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
    });
    await visit.alert(/clipboard holds no picture/);
    await visit.usable(good);
  });

  test("a truncated JPEG", async () => {
    await visit.choose(file("half.jpg", good.buffer.subarray(0, good.buffer.length / 2)));
    await visit.alert(/^Half\.jpg: .+/i);
    await visit.usable(good);
  });

  test("an empty file", async () => {
    await visit.choose(file("empty.jpg", Buffer.alloc(0)));
    await visit.alert(/^Empty\.jpg: .+/i);
    await visit.usable(good);
  });

  test("a zip named .jpg", async () => {
    await visit.choose(file("archive.jpg", Buffer.from("PK\x05\x06" + "\0".repeat(18), "latin1")));
    await visit.alert(/^Archive\.jpg: .+/i);
    await visit.usable(good);
  });

  test("a PNG that claims to be enormous", async () => {
    const png = plain(1, 1).buffer;
    png.writeUInt32BE(1_000_000, 16);
    png.writeUInt32BE(1_000_000, 20);
    await visit.choose(file("enormous.png", png, "image/png"));
    await visit.alert(/^Enormous\.png: .+/i);
    await visit.usable(good);
  });

  test("more than 64 MiB", async () => {
    const path = join(shared.folder, "huge.jpg");
    const huge = await open(path, "w");
    await huge.truncate(64 * 2 ** 20 + 1);
    await huge.close();
    await visit.choose(path);
    await visit.alert(/huge\.jpg has 65 MiB: the page takes photos of up to 64 MiB/i);
    await visit.usable(good);
  });

  test("one pixel, a line and twelve megapixels are photos too", async () => {
    for (const photo of [plain(1, 1), plain(3000, 1), await drawn(visit.page, { width: 4000, height: 3000, type: "image/jpeg" })]) {
      await visit.reconstructs(() => visit.choose(photo));
      assert.equal(await visit.page.getAttribute(by("status"), "role"), "status");
    }
  });

  test("nothing of that was an error of the page itself", () => {
    assert.deepEqual(visit.errors, []);
  });
});

describe("damaged models", () => {
  const GENERATOR = "/weights/generator.safetensors";
  const CARD = "/weights/model.json";
  /** @type {[string, Record<string, import("./server.mjs").Answer>, RegExp][]} */
  const cases = [
    ["no model.json", { [CARD]: () => 404 }, /model\.json.*404/],
    ["a missing weight file", { [GENERATOR]: () => 404 }, /generator\.safetensors.*404/],
    ["a server's failure", { [GENERATOR]: () => 503 }, /generator\.safetensors.*503/],
    ["a damaged weight file", { [GENERATOR]: flipped }, /generator\.safetensors is damaged.*sha256/],
    ["a truncated weight file", { [GENERATOR]: (file) => file.subarray(0, 1000) }, /generator\.safetensors has 1000 bytes/],
    ["a model.json that is no JSON", { [CARD]: () => "hello" }, /model\.json.*JSON/],
    ["a model.json without its files", { [CARD]: () => "{}" }, /model\.json.*`files`/],
    ["a model.json with a path for a name", { [CARD]: () => edited({ files: [{ name: "../x", bytes: 1 }] }) }, /model\.json.*`files`/],
    ["a newer model.json", { [CARD]: (file) => changed(file, (card) => { card.format = 99; }) }, /format 99/],
    ["a model.json for other networks", { [CARD]: (file) => changed(file, (card) => { card.networks.width += 1; }) }, /generator\.safetensors.*shape/],
  ];

  for (const [what, wrong, expected] of cases) {
    test(`${what} is told, and loading again works`, async () => {
      const server = await serve(wrong);
      const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`);
      await visit.alert(expected);
      const photo = await drawn(visit.page, { width: 200, height: 260, type: "image/png" });
      await visit.choose(photo);
      await visit.alert(/no model to show drawn\.png to/);
      server.right();
      await visit.reconstructs(() => visit.page.click(by("retry")));
      await visit.ready();
      await visit.usable(photo);
      await visit.close();
      await server.close();
    });
  }

  test("a broken program is told", async () => {
    const server = await serve({ "/wasm/viewer_bg.wasm": (file) => file.subarray(0, 5000) });
    const visit = await Visit.open(shared.browser, server.address);
    await visit.alert(/program .*viewer_bg\.wasm.* did not arrive whole/);
    server.right();
    await visit.page.click(by("retry"));
    await visit.ready();
    await visit.close();
    await server.close();
  });

  test("a model elsewhere is refused with the reason, and the page's own is loaded", async () => {
    const server = await serve();
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu&model=https://example.com/model`);
    await visit.alert(/example\.com\/model is not on .*its own address only/);
    await visit.ready();
    await visit.close();
    await server.close();
  });

  test("?model= names another directory here", async () => {
    const server = await serve({ "/other/model.json": () => 404 });
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu&model=other`);
    await visit.alert(/model\.json at \/other\/model\.json/);
    await visit.close();
    await server.close();
  });

  test("this server sends the policy that crates/serve sends", async () => {
    const source = await readFile(new URL("../../crates/serve/src/headers.rs", import.meta.url), "utf8");
    assert.ok(source.replace(/\\\n\s*/g, "").includes(POLICY));
  });
});

/** @param {Buffer} file @param {(card: any) => void} change */
function changed(file, change) {
  const card = JSON.parse(file.toString());
  change(card);
  return JSON.stringify(card);
}

/** @param {object} card */
function edited(card) {
  return JSON.stringify(card);
}
