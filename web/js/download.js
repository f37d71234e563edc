// Fetching the program and the model, with progress in bytes and one sentence for every way it can fail. Files of a model
// that were kept by an earlier visit are not fetched again, and without a network they are what there is.
import * as weights from "./keep/weights.js";
import { Model } from "./model/model.js";
import { Silence } from "./silence.js";

/** @typedef {(name: string, got: number, size: number) => void} OnBytes */
/** @typedef {(seconds: number) => void} OnSilence nothing has come for so long, or something has again where it is 0 */

/**
 * A wasm program. `bytes` is its usual size, for the progress bar alone, when the server compresses and so does not say the
 * true one.
 * @typedef {{ name: string, url: URL, bytes: number }} Program
 */

/** The page's first program. @type {Program} */
export const VIEWER = { name: "viewer", url: new URL("../wasm/viewer_bg.wasm", import.meta.url), bytes: 1_410_000 };
/** A description that was kept by an earlier visit is taken where the network does not answer for so long, in ms. */
const KEPT_AFTER = 4_000;
/** model.json is a page of text; more is something else. */
const MAX_CARD_BYTES = 1 << 20;
/** Far above any model this page could run; stops a wrong address from filling the memory. */
const MAX_WEIGHT_BYTES = 512 << 20;

/**
 * Compiles a wasm program while it arrives.
 * @param {Program} program
 * @param {OnBytes} onBytes
 * @param {OnSilence} [onSilence]
 * @returns {Promise<WebAssembly.Module>}
 */
export async function fetchProgram({ name, url, bytes }, onBytes, onSilence) {
  const silence = new Silence(onSilence);
  try {
    const response = await get(url, `the ${name}`, "default", silence);
    const size = trueSize(response) ?? bytes;
    const counted = count(response, silence, (got) => onBytes(name, got, size));
    return await WebAssembly.compileStreaming(new Response(counted, { headers: { "content-type": "application/wasm" } }));
  } catch (error) {
    if (error instanceof Unreachable || error instanceof Refused) throw error;
    throw new Error(`The page's program (${url.pathname}) did not arrive whole or cannot run in this browser: ${reason(silence.signal.aborted ? silence.signal.reason : error)}`);
  } finally {
    silence.end();
  }
}

/** The network gave no answer at all. */
export class Unreachable extends Error {}

/** The server answered that it has nothing. */
export class Refused extends Error {}

/** Somebody else answered, or the server is out of order: what was kept may be used instead. */
class Astray extends Refused {}

/**
 * Fetches model.json; the files it names come when they are asked for. Sizes and hashes are checked by the program, which
 * knows the format.
 * @param {URL} directory
 * @param {OnBytes} onBytes hears of the files that are needed first
 * @param {RequestCache} cache "reload" after a failure, so that a damaged copy is not read again
 * @param {AbortSignal} [signal] stops what is on its way
 * @param {OnSilence} [onSilence]
 * @returns {Promise<Model>}
 */
export async function fetchModel(directory, onBytes, cache, signal, onSilence) {
  const json = await fetchCard(new URL("model.json", directory), cache, signal, onSilence);
  /** @type {Model} */
  const model = new Model(json, async ({ name, bytes, sha256 }, again) => {
    const fresh = again || cache === "reload";
    const tell = model.first.includes(name) ? onBytes : () => {};
    tell(name, 0, bytes);
    const content = (!fresh && sha256 && await weights.kept(sha256)) || await fetchFile(new URL(name, directory), name, bytes, tell, fresh ? "reload" : cache, new Silence(onSilence, signal));
    tell(name, bytes, bytes);
    return content;
  });
  return model;
}

/**
 * Keeps what has come of a model, which the program has accepted, for the next visit.
 * @param {URL} directory
 * @param {Model} model
 * @returns {Promise<import("./keep/weights.js").Room>}
 */
export async function keepModel(directory, model) {
  for (const { sha256, bytes } of model.arrived) {
    if (!sha256) return "forbidden";
    const room = await weights.kept(sha256) ? "kept" : await weights.keep(sha256, bytes);
    if (room !== "kept") return room;
  }
  return weights.keepCard(new URL("model.json", directory), model.json);
}

/** @param {URL} url @param {RequestCache} cache @param {AbortSignal} [signal] @param {OnSilence} [onSilence] */
async function fetchCard(url, cache, signal, onSilence) {
  const kept = await weights.keptCard(url);
  const silence = new Silence(onSilence, signal, kept && KEPT_AFTER);
  try {
    return await readAll(await get(url, "model.json", cache, silence), "model.json", MAX_CARD_BYTES, silence, () => {});
  } catch (error) {
    if (kept && (error instanceof Unreachable || error instanceof Astray)) return kept;
    throw error;
  } finally {
    silence.end();
  }
}

/** @param {URL} url @param {string} name @param {number} bytes @param {OnBytes} onBytes @param {RequestCache} cache @param {Silence} silence */
async function fetchFile(url, name, bytes, onBytes, cache, silence) {
  try {
    return await readAll(await get(url, name, cache, silence), name, MAX_WEIGHT_BYTES, silence, (got) => onBytes(name, got, bytes));
  } finally {
    silence.end();
  }
}

/**
 * @param {URL} url
 * @param {string} name
 * @param {RequestCache} cache
 * @param {Silence} silence
 */
async function get(url, name, cache, { signal }) {
  let response;
  try {
    response = await fetch(url, { cache, signal });
  } catch (error) {
    throw new Unreachable(`Could not fetch ${name} from ${url.pathname}: check that the server is running (${reason(signal.aborted ? signal.reason : error)}).`);
  }
  if (response.status === 404) throw new Refused(absent(name, url, "404 not found"));
  if (!response.ok) throw new Astray(`Could not fetch ${name} from ${url.pathname}: the server answered ${response.status}.`);
  // Many servers answer every unknown address with their first page, and networks that want a visitor to log in first answer
  // everything with theirs.
  if (response.headers.get("content-type")?.startsWith("text/html")) throw new Astray(`${absent(name, url, "the server answered with a web page")} Where this network asks for a login, log in, then load again.`);
  return response;
}

/** @param {string} name @param {URL} url @param {string} why */
function absent(name, url, why) {
  const advice = name.startsWith("the ") ? "" : ": put the model directory there, or name another";
  return `There is no ${name.replace(/^the /, "")} at ${url.pathname} (${why})${advice}.`;
}

/**
 * @param {Response} response
 * @param {string} name
 * @param {number} limit in bytes
 * @param {Silence} silence
 * @param {(got: number) => void} onGot
 */
async function readAll(response, name, limit, silence, onGot) {
  /** @type {Uint8Array[]} */
  const chunks = [];
  let got = 0;
  try {
    const reader = response.body?.getReader();
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      chunks.push(part.value);
      got += part.value.length;
      silence.heard();
      onGot(got);
      if (got > limit) {
        void reader?.cancel();
        break;
      }
    }
  } catch (error) {
    throw new Error(`The download of ${name} broke off after ${got} bytes: load the model again (${reason(silence.signal.aborted ? silence.signal.reason : error)}).`);
  }
  if (got > limit) throw new Error(`${name} is larger than ${limit} bytes, so it is not part of a model for this page.`);
  const whole = new Uint8Array(got);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/**
 * @param {Response} response
 * @param {Silence} silence
 * @param {(got: number) => void} onGot
 * @returns {ReadableStream<Uint8Array<ArrayBuffer>>}
 */
function count(response, silence, onGot) {
  let got = 0;
  const counter = new TransformStream({
    transform(/** @type {Uint8Array<ArrayBuffer>} */ chunk, controller) {
      got += chunk.length;
      silence.heard();
      onGot(got);
      controller.enqueue(chunk);
    },
    // What follows, such as compiling, takes its time.
    flush: () => silence.end(),
  });
  return (response.body ?? new ReadableStream({ start: (c) => c.close() })).pipeThrough(counter);
}

/** @param {Response} response */
function trueSize(response) {
  const encoded = response.headers.get("content-encoding") ?? "identity";
  const length = Number(response.headers.get("content-length"));
  return encoded === "identity" && length > 0 ? length : null;
}

/** @param {unknown} error */
function reason(error) {
  return error instanceof Error ? error.message : String(error);
}
