// Times of one reconstruction of a JPEG of 600x800 pixels, from file to picture, on both devices: node timings.mjs [--runs 15]
// The page must be built (`cargo xtask demo --build-only`) and the machine quiet.
import { parseArgs } from "node:util";
import { launch } from "./chromium.mjs";
import { drawn } from "./photos.mjs";
import { serve } from "./server.mjs";
import { Visit } from "./visit.mjs";

const { values } = parseArgs({ options: { runs: { type: "string", default: "15" } } });
/** The first ones pay for compiling. */
const WARM_UP = 3;

const browser = await launch({ webgpu: true });
const server = await serve();
for (const device of ["cpu", "webgpu"]) {
  const opened = performance.now();
  const visit = await Visit.open(browser, `${server.address}?device=${device}`);
  await visit.ready();
  const ready = Math.round(performance.now() - opened);
  const photo = await drawn(visit.page, { width: 600, height: 800, type: "image/jpeg" });
  const times = [];
  for (let run = -WARM_UP; run < Number(values.runs); run++) {
    await visit.reconstructs(() => visit.choose(photo));
    if (run >= 0) times.push(Number.parseFloat((await visit.text("time")).replace(",", "")));
  }
  times.sort((a, b) => a - b);
  const why = await visit.text("device-why");
  console.log(`${await visit.text("device")}: median ${times[times.length >> 1]} ms, ${times[0]} to ${times.at(-1)} ms (${times.length} runs); samples shown after ${ready} ms. ${why}`);
  await visit.close();
}
await browser.close();
await server.close();
