// Models that were loaded before, in the browser's Cache API: each file by its sha256, so that a new model never gets an
// old one's file, and two models share what they have in common. A browser that keeps nothing loads them each time.

const STORE = "stylewalk-models";

/** What became of something that was to be kept. @typedef {"kept" | "no room" | "forbidden"} Room */

/** A file's key in the store; the server has nothing at this address. @param {string} sha256 */
const byHash = (sha256) => new URL(`./kept/sha256/${sha256}`, location.href);

/** @param {string} sha256 @returns {Promise<Uint8Array | undefined>} */
export function kept(sha256) {
  return found(byHash(sha256));
}

/** Keeps a file of a model. @param {string} sha256 @param {Uint8Array} bytes @returns {Promise<Room>} */
export function keep(sha256, bytes) {
  return put(byHash(sha256), bytes, "application/octet-stream");
}

/** Keeps a description, by its address. @param {URL} url @param {Uint8Array} json */
export function keepCard(url, json) {
  return put(url, json, "application/json");
}

/** @param {URL} url @returns {Promise<Uint8Array | undefined>} the description as it was at the last visit */
export function keptCard(url) {
  return found(url);
}

/** Whether there is a store: a first visit asks that once, and not for each file. @type {Promise<boolean> | undefined} */
let exists;

/** Nothing in a browser that has no such store, or forbids it; looking makes none. @param {URL} url @returns {Promise<Uint8Array | undefined>} */
async function found(url) {
  try {
    exists ??= Promise.resolve(globalThis.caches?.has(STORE) ?? false);
    if (!await exists) return undefined;
    const answer = await globalThis.caches?.match(url, { cacheName: STORE });
    return answer && new Uint8Array(await answer.arrayBuffer());
  } catch {
    return undefined;
  }
}

/** @param {URL} url @param {Uint8Array} bytes @param {string} type @returns {Promise<Room>} */
async function put(url, bytes, type) {
  try {
    const there = await globalThis.caches?.open(STORE);
    if (!there) return "forbidden";
    exists = Promise.resolve(true);
    await there.put(url, new Response(new Uint8Array(bytes), { headers: { "content-type": type, "content-length": String(bytes.length) } }));
    return "kept";
  } catch (error) {
    return error instanceof DOMException && error.name === "QuotaExceededError" ? "no room" : "forbidden";
  }
}
