// The page's icons as PNG, from web/icons/icon.svg: node icons.mjs. Installing on a phone needs them.
import { readFile, writeFile } from "node:fs/promises";
import { launch } from "./chromium.mjs";

const folder = new URL("../../web/icons/", import.meta.url);
const svg = await readFile(new URL("icon.svg", folder), "utf8");
const browser = await launch({ webgpu: false });
const page = await browser.newPage();
for (const side of [192, 512]) {
  await page.setViewportSize({ width: side, height: side });
  // Systems cut their own corners, so the ground goes to the edge.
  await page.setContent(`<body style="margin:0;background:#12172b">${svg.replace("<svg", `<svg width="${side}" height="${side}"`)}</body>`);
  await writeFile(new URL(`icon-${side}.png`, folder), await page.screenshot());
}
await browser.close();
