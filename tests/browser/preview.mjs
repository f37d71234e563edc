// The picture that other sites show beside a link to the page, web/preview.png: node preview.mjs [--photo FILE]
// It is the running page with the published model, a photo and what came of it; without a photo, a drawn outfit. The one
// that is checked in shows 675319cc-b2f9-4b92-a126-472d4bcefdee.jpg of the clothing dataset, which is CC0.
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { launch } from "./chromium.mjs";
import { serve } from "./server.mjs";
import { by, Visit } from "./visit.mjs";

/** Sites cut any other shape to this one. */
const viewport = { width: 1200, height: 630 };
/** Some sites take no larger picture. */
const MOST_BYTES = 200_000;

const { values: { photo } } = parseArgs({ options: { photo: { type: "string" } } });
const browser = await launch({ webgpu: false });
const server = await serve();
const visit = await Visit.open(browser, `${server.address}?device=cpu`, { viewport, reducedMotion: "reduce", colorScheme: "light" });
await visit.ready();
await visit.settled();
await visit.reconstructs(() => (photo ? visit.choose(photo) : visit.page.click(by("drawn"))));
await visit.page.mouse.move(0, 0);
await visit.page.evaluate(() => {
  scrollTo(0, 0);
  // The picture ends in their middle.
  for (const caption of document.querySelectorAll("figcaption")) caption.style.visibility = "hidden";
});
await visit.page.waitForTimeout(500); // labels have settled
const picture = await visit.page.screenshot();
await browser.close();
await server.close();
if (picture.length > MOST_BYTES) throw new Error(`The picture has ${picture.length} bytes, more than ${MOST_BYTES}: show less of the page.`);
await writeFile(new URL("../../web/preview.png", import.meta.url), picture);
console.log(`web/preview.png: ${Math.round(picture.length / 1000)} kB`);
