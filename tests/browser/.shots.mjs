import { launch } from "./chromium.mjs";
import { serve } from "./server.mjs";
import { realPhotos } from "./photos.mjs";
import { by, Visit } from "./visit.mjs";
const browser = await launch({ webgpu: false });
const server = await serve();
const visit = await Visit.open(browser, `${server.address}?device=cpu`);
visit.page.setDefaultTimeout(120000);
try {
await visit.ready();
const t0 = Date.now();
await visit.reconstructs(async () => visit.choose((await realPhotos())[0]));
console.log("psnr", await visit.text("psnr"));
await visit.page.click(by("refine"));
await visit.page.waitForTimeout(8000);
await visit.page.click(by("refine"));
console.log("refined", await visit.text("refine-note"), Date.now() - t0);
await visit.page.check(by("train-from-nothing"));
await visit.page.fill(by("train-width"), "8");
await visit.page.fill(by("train-batch"), "4");
await visit.page.fill(by("train-l2"), "20");
await visit.page.click(by("train-start"));
await visit.page.waitForFunction(() => Number(document.querySelector("[data-testid=train-count]")?.textContent) > 60);
await visit.page.click(by("train-start"));
await visit.page.waitForTimeout(2500);
} catch (e) { console.log(String(e).slice(0, 300), visit.errors, await visit.text("status")); }
for (const [name, size] of [["desktop", { width: 1280, height: 800 }], ["phone", { width: 390, height: 844 }]]) {
  await visit.page.setViewportSize(size);
  for (const colorScheme of ["light", "dark"]) {
    await visit.page.emulateMedia({ colorScheme });
    await visit.page.waitForTimeout(600);
    for (const part of ["#figures", "#train"]) await visit.page.locator(part).screenshot({ path: `/tmp/h/shots-${name}-${colorScheme}-${part.slice(1)}.png` });
  }
}
console.log(await visit.text("train-count"), await visit.text("train-speed"), await visit.text("train-memory"), visit.errors);
await browser.close(); await server.close();
