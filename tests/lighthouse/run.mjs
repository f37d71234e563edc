// Lighthouse on the page at an address: node run.mjs ADDRESS. Prints its scores and what costs points, for a phone and for a
// desktop, and fails where a score is below the least.
import { createServer } from "node:net";
import lighthouse, { desktopConfig } from "lighthouse";
import { launch } from "../browser/chromium.mjs";

const LEAST = 95;
/** Letters of an audit's findings that are printed. */
const TELLING = 300;

const [address = ""] = process.argv.slice(2);
const port = await freePort();
const browser = await launch({ webgpu: false, args: [`--remote-debugging-port=${port}`] });
let low = 0;
for (const [name, config] of /** @type {const} */ ([["phone", undefined], ["desktop", desktopConfig]])) {
  const result = await lighthouse(address, { port, logLevel: "error" }, config);
  if (!result) throw new Error("Lighthouse gave no result");
  low += told(name, result.lhr);
}
await browser.close();
process.exitCode = low > 0 ? 1 : 0;

/** Prints a result. @param {string} name @param {import("lighthouse").Result} result @returns {number} how many scores are too low */
function told(name, { categories, audits }) {
  const all = Object.values(categories).map(({ title, score, auditRefs }) => ({ title, score: Math.round(100 * (score ?? 0)), auditRefs }));
  console.log(`${name}: ${all.map(({ title, score }) => `${title} ${score}`).join(", ")}`);
  for (const { auditRefs } of all) {
    for (const { id, weight } of auditRefs) {
      const audit = audits[id];
      if (!audit || weight === 0 || audit.score === null || audit.score === 1) continue;
      const items = /** @type {{ items?: unknown[] } | undefined} */ (audit.details)?.items ?? [];
      console.log(`  ${id}: ${audit.score} ${audit.displayValue ?? ""} ${JSON.stringify(items).slice(0, TELLING)}`);
    }
  }
  return all.filter(({ score }) => score < LEAST).length;
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}
