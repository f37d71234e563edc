// The browser is ended while the page is being kept for use without a network, and opened again without one.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { executablePath, quiet } from "./chromium.mjs";
import { plain } from "./photos.mjs";
import { serve } from "./server.mjs";
import { PATIENCE, by, until, Visit } from "./visit.mjs";

/** What is there without a network: the whole page, the page with a sentence, or nothing but the browser's own. @typedef {"whole" | "told" | "nothing"} Outcome */

/** A browser with a profile that outlives it. */
class Profile {
  #folder;
  /** @type {import("node:child_process").ChildProcess | undefined} */ #program;
  /** @type {import("playwright-core").Browser | undefined} */ #browser;

  /** @param {string} folder */
  constructor(folder) {
    this.#folder = folder;
  }

  /** @returns {Promise<Visit>} a new page in it */
  async open() {
    const port = join(this.#folder, "DevToolsActivePort");
    await rm(port, { force: true });
    const program = spawn(executablePath, [...quiet, "--headless", "--remote-debugging-port=0", `--user-data-dir=${this.#folder}`, "about:blank"], { stdio: "ignore" });
    this.#program = program;
    const said = await until(() => readFile(port, "utf8").catch(() => ""), (text) => text.includes("\n/"), "the browser never says where it is");
    const [number, path] = said.split("\n");
    this.#browser = await chromium.connectOverCDP(`ws://127.0.0.1:${number}${path}`);
    const [context] = this.#browser.contexts();
    assert.ok(context);
    const page = context.pages()[0] ?? await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    return new Visit(page);
  }

  /** Ends it as a machine that loses its power would. */
  async end() {
    const [program, browser] = [this.#program, this.#browser];
    if (!program) return;
    this.#program = this.#browser = undefined;
    const gone = new Promise((ended) => program.once("exit", ended));
    program.kill("SIGKILL");
    await gone;
    await browser?.close().catch(() => {}); // what it was connected to is no more
  }
}

/**
 * One visit that is ended, the next one without a network, and one more with it.
 * @param {number} moment when it is ended, in ms after the page was asked for; Infinity: once all is kept
 * @returns {Promise<{ outcome: Outcome, took: number }>} `took` is how long the first visit lasted, in ms
 */
export async function ended(moment) {
  const server = await serve();
  const folder = await mkdtemp(join(tmpdir(), "stylewalk-"));
  const profile = new Profile(folder);
  const address = `${server.address}?device=cpu`;
  try {
    const first = await profile.open();
    const begun = Date.now();
    const visiting = first.page.goto(address).then(() => first.tells("kept", /refining and training too/)).catch(() => {});
    await (moment === Infinity ? visiting : Promise.race([visiting, new Promise((later) => setTimeout(later, moment))]));
    const took = Date.now() - begun;
    await profile.end();
    await visiting;

    server.leave(true);
    const outcome = await offline(await profile.open(), address);
    await profile.end();

    // Whatever was left behind keeps nobody from the page, and it is kept after all.
    server.leave(false);
    const last = await profile.open();
    await last.page.goto(address);
    await last.ready();
    await last.tells("kept", /refining and training too/);
    await profile.end();
    return { outcome, took };
  } finally {
    await profile.end();
    await server.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** @param {Visit} visit @param {string} address @returns {Promise<Outcome>} */
async function offline(visit, address) {
  const came = await visit.page.goto(address).then(() => true, () => false);
  if (!came) return "nothing";
  const look = () => visit.page.evaluate(([samples = "", status = "", score = ""]) => ({
    samples: document.querySelectorAll(samples).length,
    score: document.querySelector(score)?.textContent?.trim() ?? "",
    told: document.querySelector(`${status}[role=alert]`)?.textContent?.trim() ?? "",
  }), [`${by("samples")} li`, by("status"), by("score")]);
  let seen = await until(look, ({ samples, told }) => samples > 0 || told !== "", "the page is half there: it shows neither samples nor a sentence");
  if (seen.told === "") {
    await visit.choose(plain(64, 64));
    seen = await until(look, ({ score, told }) => score !== "" || told !== "", "the page is half there: it neither rebuilds a photo nor says why");
  }
  if (seen.told !== "") {
    assert.match(seen.told, /^[A-Z][^\n]*\.$/);
    return "told";
  }
  // Files that the network does not bring are written to the console, whoever has them.
  assert.deepEqual(visit.errors.filter((error) => !error.startsWith("Failed to load resource")), []);
  return "whole";
}
