// What a visitor sees in the page's first seconds, picture after picture: node animation.mjs --out FOLDER
// `cargo xtask animation` makes docs/page.png of them. Each file's name ends with the hundredths of a second that it is shown.
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { launch } from "./chromium.mjs";
import { realPhotos } from "./photos.mjs";
import { serve } from "./server.mjs";
import { by, Visit } from "./visit.mjs";

/** How long a picture of a movement is shown, in hundredths of a second. */
const MOVING = 8;
/** How far the walk goes from one to the next, in ms of its own. */
const PACE = 200;
/** Photographs of which each looks another way in the walk, by the beginnings of their names, and what they show. */
const PHOTOS = { "675319cc": "jumper.jpg", "3f0123ba": "t-shirt.jpg", "7ac30897": "jacket.jpg" };

const { values } = parseArgs({ options: { out: { type: "string", default: "animation" } } });
await mkdir(values.out, { recursive: true });
const browser = await launch({ webgpu: false });
const server = await serve();
const visit = await Visit.open(browser, `${server.address}`, { viewport: { width: 800, height: 600 }, reducedMotion: "reduce" });
const { page } = visit;
await visit.ready();
let count = 0;

await visit.settled();
await shot(70);
await arrive();
await walk();
await change();
console.log(`${count} pictures in ${values.out}`);
await browser.close();
await server.close();

/** Photos come in, and the first of them is rebuilt. */
async function arrive() {
  const photos = await realPhotos();
  if (photos.length > 0) {
    const folder = await mkdtemp(join(tmpdir(), "stylewalk-"));
    const named = await Promise.all(Object.entries(PHOTOS).map(async ([start, name]) => {
      const path = photos.find((path) => path.includes(start)) ?? photos[0] ?? "";
      await copyFile(path, join(folder, name));
      return join(folder, name);
    }));
    await visit.drop(named, "drop-zone", () => shot(40));
    await pinned(3);
    await page.mouse.move(0, 0);
    await rm(folder, { recursive: true });
  } else {
    for (let outfit = 1; outfit <= 3; outfit++) {
      await page.click(by("drawn"));
      await pinned(outfit);
    }
  }
  await shot(140);
}

/** Through all the pictures between them, once round. */
async function walk() {
  await to("#on-pins");
  // From here on, time goes by as fast as pictures are taken of it.
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 1_000);
  await shot(40);
  await page.click(by("walk-play"));
  await page.mouse.move(0, 0);
  const round = Number(await page.getAttribute(by("walk-position"), "max")) / 60 * 1_000;
  for (let time = 0; time < round; time += PACE) {
    await shown("#walk-frame", () => page.clock.runFor(PACE));
    await shot(MOVING);
  }
  await page.click(by("walk-play"));
  await page.clock.resume();
}

/** The first photo lighter, then of another colour. */
async function change() {
  await page.click("#tab-change");
  await page.locator(`${by("pins")} .pin`).first().click();
  await page.waitForTimeout(500);
  await shot(50);
  for (const [name, end] of /** @type {[string, number][]} */ ([["brightness", 2.2], ["redness", 2.2]])) {
    for (let part = 1; part <= 8; part++) {
      const amount = (end * part / 8).toFixed(1);
      await shown("#change-frame", () => page.fill(by(`direction-${name}`), amount));
      await shot(MOVING);
    }
    await shot(40);
  }
  await shot(80);
}

/** @param {number} many */
async function pinned(many) {
  await page.waitForFunction((many) => document.querySelectorAll("[data-testid=pins] .pin").length >= many, many);
  await page.waitForTimeout(300);
}

/** Scrolls there as a hand would. @param {string} part */
async function to(part) {
  const top = await page.$eval(part, (element) => element.getBoundingClientRect().top + scrollY);
  const from = await page.evaluate(() => scrollY);
  for (const share of [0.3, 0.8, 1]) {
    await page.evaluate((y) => scrollTo(0, y), from + share * (top - from));
    await shot(MOVING);
  }
}

/** Does something that draws a picture, and waits for it. @param {string} frame where it is drawn @param {() => Promise<unknown>} act */
async function shown(frame, act) {
  const before = await page.getAttribute(frame, "data-shown");
  await act();
  await page.waitForSelector(`${frame}:not([data-shown="${before}"])`);
}

/** @param {number} hundredths of a second that it is shown */
async function shot(hundredths) {
  const name = `${String(count++).padStart(4, "0")}-${hundredths}.png`;
  await writeFile(join(values.out, name), await page.screenshot());
}
