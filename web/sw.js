// The service worker: the page without a network. It asks the network first, so that a new version of the page shows at
// once, and answers from what it has kept only when the network does not. Models are kept by js/keep/weights.js.

const KEPT = "stylewalk-page";
const GROWING = "stylewalk-page-growing";

/** Everything of the page but models. A test compares it with what is built. */
const FILES = [
  "./",
  "manifest.webmanifest",
  "preview.png",
  "css/layout.css",
  "css/panels.css",
  "css/parts.css",
  "css/theme.css",
  "css/training.css",
  "icons/icon-192.png",
  "icons/icon-512.png",
  "icons/icon.svg",
  "js/answering.js",
  "js/card.js",
  "js/change/directions.js",
  "js/change/panel.js",
  "js/compare.js",
  "js/dom.js",
  "js/download.js",
  "js/engine.js",
  "js/export/animation.js",
  "js/export/panel.js",
  "js/export/pictures.js",
  "js/export/video.js",
  "js/keep/link.js",
  "js/keep/offline.js",
  "js/keep/share.js",
  "js/keep/weights.js",
  "js/lasting.js",
  "js/main.js",
  "js/measure.js",
  "js/model/folder.js",
  "js/model/save.js",
  "js/page.js",
  "js/photo/camera.js",
  "js/photo/crop.js",
  "js/photo/desk.js",
  "js/photo/intake.js",
  "js/pins/pins.js",
  "js/pins/tray.js",
  "js/plate.js",
  "js/progress.js",
  "js/protocol.js",
  "js/refine/panel.js",
  "js/remote.js",
  "js/ribbon.js",
  "js/samples.js",
  "js/screens.js",
  "js/settings.js",
  "js/stage.js",
  "js/status.js",
  "js/tabs.js",
  "js/tiles.js",
  "js/train/curves.js",
  "js/train/panel.js",
  "js/train/pictures.js",
  "js/train/run.js",
  "js/train/settings.js",
  "js/train/worker.js",
  "js/walk/pad.js",
  "js/walk/panel.js",
  "js/walk/player.js",
  "js/walk/settings.js",
  "js/walk/strip.js",
  "js/why.js",
  "js/worker.js",
  "wasm/web.js",
  "wasm/web_bg.wasm",
];

/** What a service worker is, without the types of pages, which TypeScript would mix with those of workers. */
const worker = /** @type {any} */ (self);

worker.addEventListener("install", () => void worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("message", (/** @type {any} */ event) => {
  if (event.data?.kind === "keep") event.waitUntil(keep().then((answer) => event.ports[0]?.postMessage(answer)));
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

/** Keeps the page as it is now, all of it or nothing: a mixture of two versions would not run. */
async function keep() {
  try {
    await caches.delete(GROWING);
    const growing = await caches.open(GROWING);
    // "no-cache" asks the server whether the browser's copy is still right, so an unchanged file is not sent again.
    await growing.addAll(FILES.map((file) => new Request(new URL(file, worker.registration.scope), { cache: "no-cache" })));
    const kept = await caches.open(KEPT);
    for (const request of await growing.keys()) {
      const response = await growing.match(request);
      if (response) await kept.put(request, response);
    }
    return "kept";
  } catch {
    return "no room";
  } finally {
    await caches.delete(GROWING);
  }
}
