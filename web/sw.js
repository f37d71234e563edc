// The service worker: the page without a network. It asks the network first, so that a new version of the page shows at
// once, and answers from what it has kept only when the network does not. Models are kept by js/keep/weights.js.

const KEPT = "stylewalk-page";
const GROWING = "stylewalk-page-growing";

/** What the build lists: everything of the page but models, and apart from that the workshop. */
const LIST = "files.json";

/** What a service worker is, without the types of pages, which TypeScript would mix with those of workers. */
const worker = /** @type {any} */ (self);

worker.addEventListener("install", () => void worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("message", (/** @type {any} */ event) => {
  if (event.data?.kind === "keep") event.waitUntil(keep(event.data.workshop === true).then((answer) => event.ports[0]?.postMessage(answer)));
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { method, url } = event.request;
  if (method === "GET" && new URL(url).origin === worker.location.origin) event.respondWith(answer(event.request));
});

/** @param {Request} request */
async function answer(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(KEPT)).match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

/**
 * Keeps the page as it is now, all of it or nothing: a mixture of two versions would not run. So a workshop that is kept
 * already is kept again with it.
 * @param {boolean} workshop whether that is to be kept as well
 */
async function keep(workshop) {
  try {
    await caches.delete(GROWING);
    const [growing, kept] = [await caches.open(GROWING), await caches.open(KEPT)];
    /** @type {{ page: string[], workshop: string[] }} */
    const list = await (await fetch(current(LIST))).json();
    const [first] = list.workshop;
    if (workshop && !first) return "not built yet";
    const both = workshop || (first && await kept.match(current(first)));
    await growing.addAll([...list.page, ...(both ? list.workshop : [])].map(current));
    for (const request of await growing.keys()) {
      const response = await growing.match(request);
      if (response) await kept.put(request, response);
    }
    return "kept";
  } catch (error) {
    return error instanceof DOMException && error.name === "QuotaExceededError" ? "no room" : "failed";
  } finally {
    await caches.delete(GROWING);
  }
}

/** "no-cache" asks the server whether the browser's copy is still right, so an unchanged file is not sent again. @param {string} file */
function current(file) {
  return new Request(new URL(file, worker.registration.scope), { cache: "no-cache" });
}
