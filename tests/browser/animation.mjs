// What a visitor sees in the page's first seconds, picture after picture: node animation.mjs --out FOLDER
// `cargo xtask animation` makes docs/page.png of them. Each file's name ends with the hundredths of a second that it is shown.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { draw } from "./canvas.mjs";
import { launch } from "./chromium.mjs";
import { serve } from "./server.mjs";
import { by, Visit } from "./visit.mjs";

/** How long a picture of a movement is shown, in hundredths of a second. */
const MOVING = 14;
/** How far the walk goes from one to the next, in ms of its own. */
const PACE = 600;
/** The page's examples, as a visitor's own photos. */
const PHOTOS = ["dress", "shirt", "shorts"].map((name) => fileURLToPath(new URL(`../../web/examples/${name}.jpg`, import.meta.url)));
/** The new colour of the dress's skirt, and the strokes that cover that: how far down, as parts of the picture. */
const COLOUR = "#b5303c";
const SKIRT = [0.67, 0.82, 0.95];

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
await together();
await recolour();
console.log(`${count} pictures in ${values.out}`);
await browser.close();
await server.close();

/** Photos come in, and the first of them is cut out and rebuilt. */
async function arrive() {
  await visit.drop(PHOTOS, "drop-zone", () => shot(40));
  await pinned(PHOTOS.length);
  await page.mouse.move(0, 0);
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
    await shown("walk-frame", () => page.clock.runFor(PACE));
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
    for (let part = 1; part <= 4; part++) {
      const amount = (end * part / 4).toFixed(1);
      await shown("change-frame", () => page.fill(by(`direction-${name}`), amount));
      await shot(MOVING);
    }
    await shot(40);
  }
  await shot(80);
}

/** The shirt's sleeves on the dress, moved to where they fit. */
async function together() {
  await page.click("#tab-patchwork");
  await page.locator(`${by("pins")} .pin`).first().click();
  await page.selectOption(by("patchwork-from"), { index: 1 });
  await shown("patchwork-made", () => page.click(by("patchwork-sleeves")));
  await shot(60);
  await page.check(by("patchwork-move"), { force: true });
  for (let step = 0; step < 3; step++) {
    await shown("patchwork-made", () => page.locator(by("patchwork-canvas")).press("ArrowUp"));
    await shot(MOVING);
  }
  await shot(80);
}

/** The dress's skirt is painted over and gets another colour, found step by step; the rest stays. */
async function recolour() {
  await page.click(`${by("wishes")} > summary`);
  await page.selectOption(by("wish-count"), "1");
  await page.fill(by("wish-colour"), COLOUR);
  await page.check(by("wish-part"), { force: true });
  await page.fill(by("wish-size"), "20");
  for (const down of SKIRT) await draw(visit, "wish-canvas", [[0.1, down], [0.9, down]]);
  await page.mouse.move(0, 0);
  await shot(100);
  await page.click(by("wish-go"));
  await page.evaluate(() => scrollTo(0, 0));
  await shot(40);
  const plate = "[data-testid=reconstruction]";
  let before = await page.getAttribute(plate, "aria-label");
  const done = async () => (await page.textContent(by("wish-go")))?.startsWith("Look");
  for (let seen = 0; seen < 8 && !(await done()); seen++) {
    await page.waitForTimeout(400);
    const now = await page.getAttribute(plate, "aria-label");
    if (now !== before) await shot(MOVING);
    before = now;
  }
  await visit.tells("wish-go", "Look for it");
  await shot(160);
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

/** Does something that draws a picture, and waits for it. @param {string} place where it is drawn: an id, or a hook @param {() => Promise<unknown>} act */
async function shown(place, act) {
  const frame = `:is(#${place}, ${by(place)})`;
  const before = await page.getAttribute(frame, "data-shown");
  await act();
  await page.waitForSelector(`${frame}:not([data-shown="${before}"])`);
}

/** @param {number} hundredths of a second that it is shown */
async function shot(hundredths) {
  const name = `${String(count++).padStart(4, "0")}-${hundredths}.png`;
  await writeFile(join(values.out, name), await page.screenshot());
}
