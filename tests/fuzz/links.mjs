// Looks for texts behind the # at which what reads links does anything but read pins or refuse in one sentence: libFuzzer's
// way, for JavaScript. V8 counts which blocks of it ran, and how often; a text that reached something new is changed further.
//
//   node tests/fuzz/links.mjs EXECUTIONS SECONDS FOUND GROWN SEEDS     0 seconds: no such end
import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "../../web/js/crc32.js";
import { read } from "../../web/js/keep/link.js";

/** Numbers of a code, of the model that links are read for. */
export const LATENT = 5;
/** Pins that the page takes. */
export const MOST = 48;
const LETTERS = "ABCxyz019-_.%#w= \u00e9";
/** Letters of the longest text that is changed further. */
const LONGEST = 2_000;
/** Milliseconds that one text may take. */
const SLOWEST = 1_000;

/** Numbers from 0 to below 1, the same at every run. @param {number} seed */
export function chance(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** @param {() => number} next @param {number} below */
export const whole = (next, below) => Math.floor(next() * below);

/** What may be asked of anything that was read. @param {string} text */
export function readOrRefused(text) {
  try {
    const { walk, codes } = read(text, LATENT, MOST);
    assert.ok(codes.length > 0 && codes.length <= MOST, `${codes.length} pins`);
    for (const code of codes) assert.ok(code.length === LATENT && code.every(Number.isFinite), String(code));
    for (const part of [walk.seconds, walk.across, walk.down]) assert.ok(Number.isFinite(part), JSON.stringify(walk));
    return "read";
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    assert.match(/** @type {Error} */ (error).message, /^[A-Z].*\.$/, text);
    return "refused";
  }
}

/** `text` with a letter put in, left out or replaced, or cut off. @param {() => number} next @param {string} text */
export function withOtherLetters(next, text) {
  const at = whole(next, text.length + 1);
  const letter = LETTERS[whole(next, LETTERS.length)] ?? "";
  const ways = [text.slice(0, at), text.slice(0, at) + letter + text.slice(at), text.slice(0, at) + text.slice(at + 1), text.slice(0, at) + letter + text.slice(at + 1)];
  return ways[whole(next, ways.length)] ?? "";
}

/** A link of bytes some of which are others, with the checksum that they then have. @param {() => number} next @param {string} text */
export function withOtherBytes(next, text) {
  let bytes = Buffer.from(text.slice(3), "base64url");
  if (bytes.length <= 4) return text;
  for (let change = whole(next, 4); change >= 0; change--) bytes[4 + whole(next, bytes.length - 4)] = whole(next, 256);
  if (next() < 0.2) bytes = Buffer.concat([bytes, bytes.subarray(whole(next, bytes.length))]);
  // The head says how much of it counts.
  const end = bytes.length < 15 ? bytes.length : Math.min(bytes.length, 15 + bytes.readUInt8(12) * (4 + 2 * bytes.readUInt16LE(13)));
  bytes.writeUInt32LE(crc32(bytes.subarray(4, end)), 0);
  return `w1.${bytes.toString("base64url")}`;
}

/** The blocks of what reads links that ran since the last look, each with how often, by powers of two. */
class Counters {
  #session = new Session();

  constructor() {
    this.#session.connect();
    this.#post("Profiler.enable");
    this.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** In one thread the answer is there at once. @param {string} method @param {object} [given] @returns {any} */
  #post(method, given = {}) {
    /** @type {any} */
    let answer;
    this.#session.post(method, given, (error, result) => {
      if (error) throw error;
      answer = result;
    });
    return answer;
  }

  /** @returns {string[]} */
  take() {
    const { result } = this.#post("Profiler.takePreciseCoverage");
    const files = result.filter((/** @type {any} */ file) => file.url.includes("/web/js/"));
    const ranges = files.flatMap((/** @type {any} */ file) => file.functions.flatMap((/** @type {any} */ one) => one.ranges));
    return ranges.filter((/** @type {any} */ range) => range.count > 0)
      .map((/** @type {any} */ range) => `${range.startOffset}-${range.endOffset} ${Math.floor(Math.log2(range.count))}`);
  }
}

/** @param {string} folder */
const texts = (folder) => readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));

/** @param {string[]} words */
function campaign([executions = "1000", seconds = "0", found = ".", grown = ".", ...seeds]) {
  const next = chance(Date.now() >>> 0);
  const [counters, seen] = [new Counters(), new Set()];
  /** @type {string[]} */
  const corpus = [];
  const [started, most] = [performance.now(), Number(executions)];
  const end = Number(seconds) > 0 ? started + 1000 * Number(seconds) : Infinity;
  let [done, added, slowest] = [0, 0, 0];
  /** Whether it reached something new. @param {string} text */
  const reaches = (text) => {
    const began = performance.now();
    try {
      readOrRefused(text);
      const took = performance.now() - began;
      slowest = Math.max(slowest, took);
      assert.ok(took < SLOWEST, `it took ${took} ms`);
    } catch (error) {
      const place = join(found, `crash-${crc32(Buffer.from(text)).toString(16)}`);
      writeFileSync(place, text);
      console.error(`${place}: ${error}`);
      process.exit(77);
    }
    done++;
    const fresh = counters.take().filter((feature) => !seen.has(feature));
    for (const feature of fresh) seen.add(feature);
    return fresh.length > 0;
  };
  for (const text of [...seeds, grown].flatMap(texts)) {
    if (reaches(text) || corpus.length === 0) corpus.push(text);
  }
  while (done < most && performance.now() < end) {
    let text = corpus[whole(next, corpus.length)] ?? "";
    for (let change = whole(next, 3); change >= 0; change--) text = next() < 0.5 ? withOtherLetters(next, text) : withOtherBytes(next, text);
    if (!reaches(text) || text.length > LONGEST) continue;
    corpus.push(text);
    added++;
    writeFileSync(join(grown, crc32(Buffer.from(text)).toString(16)), text);
    console.error(`#${done}\tNEW    cov: ${seen.size} corp: ${corpus.length}`);
  }
  console.error(`#${done}\tDONE   cov: ${seen.size} corp: ${corpus.length}`);
  console.error(`stat::number_of_executed_units: ${done}\nstat::new_units_added:          ${added}`);
  console.error(`stat::slowest_unit_time_ms:     ${slowest.toFixed(1)}\nstat::peak_rss_mb:              ${Math.round(process.resourceUsage().maxRSS / 1024)}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) campaign(process.argv.slice(2));
