// What `cargo xtask bench web` runs: every contestant in a tab of its own of one Chromium, in turns. Takes its settings as
// JSON in its first argument, tells what it does on standard error, and prints its measurements as JSON at the end.
import { launch } from "../../browser/chromium.mjs";
import { CONTESTANTS, PARTS, REFERENCES } from "./contestants.mjs";
import { Entry } from "./entry.mjs";
import { first } from "./first.mjs";
import { live } from "./live.mjs";
import { serve } from "./server.mjs";
import { sizes } from "./sizes.mjs";
import { Tab } from "./tab.mjs";

/**
 * @typedef {object} Settings
 * @property {string[]} only  names of contestants; none means all
 * @property {Record<string, number>} runs  by part, how often it is timed; parts that are not named are left out
 * @property {number} batch  pictures of a training step
 * @property {import("../../browser/chromium.mjs").Adapter} adapter
 * @property {string[]} chromiumArgs
 * @property {import("./server.mjs").Folders} folders
 * @property {string} page  the published page's folder
 * @property {string} [before]  the folder of an earlier version's page
 * @property {{ model: string, onnx: string }} published  the page's model directory, and the same networks as ONNX
 * @property {string} compressed  a file that remembers compressed sizes
 * @property {string} packed  a folder of compressed files
 */
/** @typedef {import("./contestants.mjs").Contestant} Contestant */
/** @typedef {import("./contestants.mjs").Part} Part */

/** @type {Settings} */
const settings = JSON.parse(process.argv[2] ?? "{}");
const browser = await launch({ webgpu: true, adapter: settings.adapter, args: settings.chromiumArgs });
const server = await serve(settings.folders);
const place = { browser, address: server.address };
const chosen = CONTESTANTS.filter(({ name }) => settings.only.length === 0 || settings.only.includes(name));
/** @type {Record<string, Set<string>>} files, by contestant */
const asked = {};

/** @type {Entry["measurement"][]} */
const measurements = [];
for (const part of PARTS.filter(({ name }) => name in settings.runs)) {
  for (const entry of await take(part, settings.runs[part.name] ?? 1)) measurements.push(entry.measurement);
}
const adapter = await adapterName();
const downloads = "size" in settings.runs ? await sizes(asked, server.place, settings) : [];
await browser.close();
const openings = "first" in settings.runs ? await first(settings, settings.runs.first ?? 1) : [];
const hands = "live" in settings.runs ? await live(settings) : [];
console.log(JSON.stringify({ browser: `Chromium ${browser.version()}`, adapter, measurements, downloads, openings, live: hands }));
await server.close();

/** @param {Part} part @param {number} runs */
async function take(part, runs) {
  const entered = chosen.filter(({ trains }) => trains || part.purpose !== "training");
  /** @param {import("./contestants.mjs").Workload} workload */
  const entries = (workload) => entered.map((contestant) => new Entry(contestant, workload));
  const rounds = part.workloads(settings.batch).map(entries);
  if (part.purpose === "cold") {
    for (let run = 0; run < runs; run++) {
      for (const entry of rounds.flat()) await entry.cold(place, (tab) => note(entry.contestant, tab));
    }
    return rounds.flat();
  }
  /** @type {Map<Contestant, Tab>} */
  const tabs = new Map();
  for (const contestant of entered) {
    const tab = await Tab.open(browser, server.address, contestant, part.purpose).catch(() => undefined);
    if (tab) tabs.set(contestant, tab);
    // One after the other, so that no two load at once.
    await tab?.ready().catch(() => {});
  }
  for (const round of rounds) await compete(round, tabs, runs);
  for (const [contestant, tab] of tabs) {
    note(contestant, tab);
    await tab.close();
  }
  return rounds.flat();
}

/** All contestants on one workload, in turns. @param {Entry[]} entries @param {Map<Contestant, Tab>} tabs @param {number} runs */
async function compete(entries, tabs, runs) {
  for (const entry of entries) await entry.check(tabs.get(entry.contestant));
  const able = REFERENCES.map((name) => entries.find(({ contestant }) => contestant.name === name)?.values);
  const reference = able.find((values) => values !== undefined);
  for (const entry of entries) await entry.compare(reference);
  for (let run = 0; run < runs; run++) {
    for (const entry of entries) await entry.time(tabs.get(entry.contestant));
  }
}

/** @param {Contestant} contestant @param {Tab} tab */
function note({ name }, tab) {
  asked[name] = new Set([...asked[name] ?? [], ...tab.files]);
}

async function adapterName() {
  const page = await browser.newPage();
  await page.goto(`${server.address}/page/blank.html`);
  const name = await page.evaluate(async () => {
    const info = (await navigator.gpu?.requestAdapter())?.info;
    return info ? info.description || [info.vendor, info.architecture].filter(Boolean).join(" ") : "none";
  });
  await page.close();
  return name;
}
