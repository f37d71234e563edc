// Pictures of the page: node screenshots.mjs [--out FOLDER] [--photo FILE] [--only desktop-light] [--device auto|cpu|webgpu]
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { launch } from "./chromium.mjs";
import { realPhotos } from "./photos.mjs";
import { serve } from "./server.mjs";
import { choose, offered } from "./training.mjs";
import { by, Visit } from "./visit.mjs";

const { values } = parseArgs({
  options: {
    out: { type: "string", default: "screenshots" },
    photo: { type: "string" },
    only: { type: "string" },
    device: { type: "string", default: "auto" },
  },
});
const screens = [
  { name: "desktop", viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 },
  { name: "tablet", viewport: { width: 820, height: 1180 }, deviceScaleFactor: 1 },
  { name: "phone", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
];

await mkdir(values.out, { recursive: true });
const photo = values.photo ?? (await realPhotos())[0];
const browser = await launch({ webgpu: true });
const server = await serve();
for (const { name, ...screen } of screens) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    const title = `${name}-${colorScheme}`;
    if (values.only && values.only !== title) continue;
    const visit = await Visit.open(browser, `${server.address}?device=${values.device}`, { ...screen, colorScheme });
    await visit.ready();
    await shot(visit, `${title}-empty`);
    await visit.settled();
    await visit.reconstructs(() => (photo ? visit.choose(photo) : visit.page.click(by("drawn"))));
    await shot(visit, title);
    await nearest(visit, title);
    await refine(visit);
    await shot(visit, `${title}-refined`, "#figures");
    await train(visit);
    await shot(visit, `${title}-training`, "#train");
    await panels(visit, title);
    await visit.close();
  }
}
await browser.close();
await server.close();

/** What it was trained on, beside the photo and the samples. @param {Visit} visit @param {string} title */
async function nearest(visit, title) {
  for (const name of ["nearest", "sample-nearest"]) {
    await visit.page.click(`${by(name)} summary`);
    await visit.page.waitForSelector(`${by(name)} canvas`);
  }
  await shot(visit, `${title}-nearest`, "#figures");
  await shot(visit, `${title}-samples`, ".samples");
}

/** Until the picture has become a little better. @param {Visit} visit */
async function refine({ page }) {
  await page.click(by("refine"));
  await page.waitForFunction(() => /[1-9]\sdB better/.test(document.querySelector("[data-testid=refine-note]")?.textContent ?? ""));
  await page.click(by("refine"));
}

/** Long enough for curves to be seen. @param {Visit} visit */
async function train(visit) {
  const { page } = visit;
  await offered(visit);
  await choose(visit, { width: 8, batch: 4, l2: 20 });
  await page.click(by("train-start"));
  await page.waitForFunction(() => Number(document.querySelector("[data-testid=train-count]")?.textContent) > 120);
  await page.click(by("train-start"));
  await page.waitForFunction(() => document.querySelector("[data-testid=train-start]")?.textContent === "Go on");
}

/** Every panel with something in it. @param {Visit} visit @param {string} title */
async function panels(visit, title) {
  const { page } = visit;
  await page.click(by("walk-samples"));
  await page.waitForTimeout(2_000);
  await page.click(by("walk-play"));
  await page.click("#walk-form summary");
  await page.click(`${by("walk-nearest")} summary`);
  await page.waitForSelector(`${by("walk-nearest")} canvas`);
  await shot(visit, `${title}-walk`, "#on-pins");
  await page.check(by("walk-corners"), { force: true });
  await page.waitForTimeout(600);
  await shot(visit, `${title}-pad`, "#on-pins");
  await page.click("#tab-change");
  for (const name of ["brightness", "redness"]) await page.fill(by(`direction-${name}`), "2");
  await page.click("#change-garment-part summary");
  await page.waitForTimeout(600);
  await shot(visit, `${title}-change`, "#on-pins");
  await page.click("#tab-patchwork");
  await page.click(by("patchwork-sleeves"));
  await page.waitForTimeout(600);
  await shot(visit, `${title}-patchwork`, "#on-pins");
  await page.click("#tab-share");
  await shot(visit, `${title}-share`, "#on-pins");
  for (const summary of await page.locator(".colophon summary, .overlay summary").all()) await summary.click();
  await shot(visit, `${title}-card`, ".colophon");
  await shot(visit, `${title}-compare`, ".overlay");
  if (await page.isVisible(by("crop"))) {
    await page.click(by("crop"));
    await page.fill(by("crop-size"), "0.6");
    await shot(visit, `${title}-crop`, "#crop-dialog");
  }
}

/** @param {Visit} visit @param {string} title @param {string} [part] a part of the page only */
async function shot({ page }, title, part) {
  const path = join(values.out, `${title}.png`);
  await page.waitForTimeout(400); // labels have settled
  if (part) await page.locator(part).screenshot({ path });
  else await page.screenshot({ path, fullPage: true });
  console.log(path);
}
