// Fetching the program and the model, with progress in bytes and one sentence for every way it can fail. Files of a model
// that were kept by an earlier visit are not fetched again, and without a network they are what there is.
import * as weights from "./keep/weights.js";

/** @typedef {(name: string, got: number, size: number) => void} OnBytes */

/** Of web_bg.wasm as published, for the progress bar alone, when the server compresses and so does not say the true size. */
const USUAL_PROGRAM_BYTES = 14_800_000;
/** model.json is a page of text; more is something else. */
const MAX_CARD_BYTES = 1 << 20;
/** Far above any model this page could run; stops a wrong address from filling the memory. */
const MAX_WEIGHT_BYTES = 512 << 20;

/**
 * Compiles the wasm program while it arrives.
 * @param {URL} url
 * @param {OnBytes} onBytes
 * @returns {Promise<WebAssembly.Module>}
 */
export async function fetchProgram(url, onBytes) {
  const name = "the program";
  const response = await get(url, name, "default");
  const size = trueSize(response) ?? USUAL_PROGRAM_BYTES;
  const counted = new Response(count(response, (got) => onBytes(name, got, size)), {
    headers: { "content-type": "application/wasm" },
  });
  try {
    return await WebAssembly.compileStreaming(counted);
  } catch (error) {
    throw new Error(`The page's program (${url.pathname}) did not arrive whole or cannot run in this browser: ${reason(error)}`);
  }
}

/** The network gave no answer at all. */
class Unreachable extends Error {}

/**
 * Fetches model.json and the files it names. Sizes and hashes are checked by the program, which knows the format.
 * @param {URL} directory
 * @param {OnBytes} onBytes
 * @param {RequestCache} cache "reload" after a failure, so that a damaged copy is not read again
 * @param {(json: Uint8Array) => void} onCard called with model.json, before its weights
 * @returns {Promise<import("./protocol.js").ModelFiles>}
 */
export async function fetchModel(directory, onBytes, cache, onCard) {
  const json = await fetchCard(new URL("model.json", directory), cache);
  const listed = listedFiles(json);
  onCard(json);
  const files = await Promise.all(listed.map(async ({ name, bytes, sha256 }) => {
    onBytes(name, 0, bytes);
    const content = (cache !== "reload" && sha256 && await weights.kept(sha256)) || await fetchFile(new URL(name, directory), name, bytes, onBytes, cache);
    onBytes(name, bytes, bytes);
    return /** @type {[string, Uint8Array]} */ ([name, content]);
  }));
  return { json, files };
}

/**
 * Keeps a model that the program has accepted for the next visit.
 * @param {URL} directory
 * @param {import("./protocol.js").ModelFiles} model
 * @returns {Promise<boolean>} false when there was no room for all of it
 */
export async function keepModel(directory, { json, files }) {
  const hashes = new Map(listedFiles(json).map(({ name, sha256 }) => [name, sha256]));
  for (const [name, bytes] of files) {
    const sha256 = hashes.get(name);
    if (!sha256) return false;
    if (!(await weights.kept(sha256)) && !(await weights.keep(sha256, bytes))) return false;
  }
  return weights.keepCard(new URL("model.json", directory), json);
}

/** @param {URL} url @param {RequestCache} cache */
async function fetchCard(url, cache) {
  try {
    return await readAll(await get(url, "model.json", cache), "model.json", MAX_CARD_BYTES, () => {});
  } catch (error) {
    const kept = error instanceof Unreachable ? await weights.keptCard(url) : undefined;
    if (kept) return kept;
    throw error;
  }
}

/** @param {URL} url @param {string} name @param {number} bytes @param {OnBytes} onBytes @param {RequestCache} cache */
async function fetchFile(url, name, bytes, onBytes, cache) {
  return readAll(await get(url, name, cache), name, MAX_WEIGHT_BYTES, (got) => onBytes(name, got, bytes));
}

/**
 * The files to fetch. Only what fetching needs is looked at here: the program reads the same bytes strictly.
 * @param {Uint8Array} json
 * @returns {{ name: string, bytes: number, sha256: string | undefined }[]}
 */
export function listedFiles(json) {
  let card;
  try {
    card = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch (error) {
    throw new Error(`The model's description (model.json) is not valid JSON: ${reason(error)}`);
  }
  const files = card?.files;
  if (!Array.isArray(files)) throw new Error("The model's description (model.json) names no weight files: its field `files` is missing.");
  const listed = [...files, card.directions, card.codes, card.cutout?.file].filter((file) => file !== undefined);
  return listed.map((file) => {
    const fit = typeof file?.name === "string" && /^[\w.-]+$/.test(file.name) && Number.isSafeInteger(file.bytes) && file.bytes > 0;
    if (!fit) throw new Error("The model's description (model.json) has a file without a plain name or a size in its field `files`.");
    return { name: file.name, bytes: file.bytes, sha256: /^[0-9a-f]{64}$/.test(file.sha256) ? file.sha256 : undefined };
  });
}

/**
 * @param {URL} url
 * @param {string} name
 * @param {RequestCache} cache
 */
async function get(url, name, cache) {
  let response;
  try {
    response = await fetch(url, { cache });
  } catch (error) {
    throw new Unreachable(`Could not fetch ${name} from ${url.pathname}: check that the server is running (${reason(error)}).`);
  }
  if (response.status === 404) throw new Error(`There is no ${name} at ${url.pathname} (404 not found): put the model directory there, or name another with ?model=.`);
  if (!response.ok) throw new Error(`Could not fetch ${name} from ${url.pathname}: the server answered ${response.status}.`);
  return response;
}

/**
 * @param {Response} response
 * @param {string} name
 * @param {number} limit in bytes
 * @param {(got: number) => void} onGot
 */
async function readAll(response, name, limit, onGot) {
  /** @type {Uint8Array[]} */
  const chunks = [];
  let got = 0;
  try {
    const reader = count(response, onGot).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      chunks.push(part.value);
      got += part.value.length;
      if (got > limit) break;
    }
  } catch (error) {
    throw new Error(`The download of ${name} broke off after ${got} bytes: load the model again (${reason(error)}).`);
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
 * @param {(got: number) => void} onGot
 * @returns {ReadableStream<Uint8Array<ArrayBuffer>>}
 */
function count(response, onGot) {
  let got = 0;
  const counter = new TransformStream({
    transform(/** @type {Uint8Array<ArrayBuffer>} */ chunk, controller) {
      got += chunk.length;
      onGot(got);
      controller.enqueue(chunk);
    },
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
