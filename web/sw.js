// The service worker: the page without a network. It asks the network first, so that a new version of the page shows at
// once, and answers from what it has kept where the network does not answer, or somebody else does. Models are kept by
// js/keep/weights.js.

/** Names of copies of the page begin so; a number follows, higher for newer. */
const COPY = "stylewalk-page-";
/** What a copy holds once it is whole: others are not used. */
const WHOLE = "whole";
/** What the build lists: everything of the page but models, and apart from that the workshop. */
const LIST = "files.json";
/** How long the network may take to answer where there is a copy, in ms; and how long nobody waits for it again then. */
const PATIENCE = 4_000;
const DEAF = 30_000;

/** A copy of which no byte came for this long has failed, in ms: connections die without a word. */
const STALL = 20_000;
/** How often a page that waits hears that its copy is still growing, in ms. */
const PULSE = 5_000;

/** What a service worker is, without the types of pages, which TypeScript would mix with those of workers. */
const worker = /** @type {any} */ (self);

/** The last copy that was asked for. @type {Promise<unknown>} */
let keeping = Promise.resolve();
/** Copies that are waited for, by whether they have the workshop. @type {Map<boolean, Promise<string>>} */
const growing = new Map();

worker.addEventListener("install", () => void worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("message", (/** @type {any} */ event) => {
  if (event.data?.kind !== "keep") return;
  const copy = grow(event.data.workshop === true);
  // A browser may end this worker at any time, of which nobody is told: the page notices the silence.
  const pulse = setInterval(() => event.ports[0]?.postMessage("growing"), PULSE);
  event.waitUntil(copy.then((answer) => event.ports[0]?.postMessage(answer)).finally(() => clearInterval(pulse)));
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { method, url } = event.request;
  if (method === "GET" && new URL(url).origin === worker.location.origin) event.respondWith(answer(event.request));
});

/** One after the other, as tabs ask by themselves; and once for all who wait for the same. @param {boolean} workshop @returns {Promise<string>} */
function grow(workshop) {
  const under = growing.get(workshop);
  if (under) return under;
  const copy = keeping.then(() => keep(workshop)).finally(() => growing.delete(workshop));
  growing.set(workshop, copy);
  keeping = copy;
  return copy;
}

/** Until then the network is not waited for. */
let deafUntil = 0;

/** @param {Request} request */
async function answer(request) {
  const deaf = Date.now() < deafUntil;
  const asked = deaf ? undefined : fetch(request);
  asked?.catch(() => {}); // whoever waits for it hears of it
  const kept = await found(request);
  if (!kept) return asked ?? fetch(request);
  if (!asked) return kept;
  try {
    const response = await inTime(asked);
    if (isOurs(request, response)) return response;
  } catch {
    // It does not come, or too late.
  }
  // What nobody reads would keep a connection, and the browser's own copy, for itself.
  void asked.then(({ body }) => body?.cancel()).catch(() => {});
  return kept;
}

/** Its copy, if a whole one has it. @param {Request} request @returns {Promise<Response | undefined>} */
async function found(request) {
  try {
    const [newest] = await whole();
    const copy = newest ? await caches.open(newest) : undefined;
    const kept = await copy?.match(request, { ignoreSearch: true });
    if (kept || request.mode !== "navigate" || !/\/index\.html$/.test(new URL(request.url).pathname)) return kept;
    return copy?.match(worker.registration.scope);
  } catch {
    return undefined; // what cannot be read is not there
  }
}

/** @param {Promise<Response>} response @returns {Promise<Response>} */
function inTime(response) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      deafUntil = Date.now() + DEAF;
      reject(new Error("no answer in time"));
    }, PATIENCE);
    response.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * Whether the page's own server answered: a server that is out of order says so, and a network that wants a login answers
 * everything with its own page. The login itself, where the page should be, is let through: it must be seen.
 * @param {Request} request @param {Response} response
 */
function isOurs(request, { status, headers }) {
  if (status >= 500) return false;
  return request.mode === "navigate" || !headers.get("content-type")?.startsWith("text/html");
}

/** Names of whole copies, the newest first. @returns {Promise<string[]>} */
async function whole() {
  const names = (await caches.keys()).filter((name) => name.startsWith(COPY));
  const checked = await Promise.all(names.map(async (name) => (await (await caches.open(name)).match(WHOLE) ? name : "")));
  return checked.filter(Boolean).sort((a, b) => number(b) - number(a));
}

/** @param {string} name of a copy */
function number(name) {
  return Number(name.slice(COPY.length));
}

/**
 * Keeps the page as it is now, all of it or nothing: a mixture of two versions would not run. So a workshop that is kept
 * already is kept again with it, and a copy counts only once it is whole.
 * @param {boolean} workshop whether that is to be kept as well
 */
async function keep(workshop) {
  const watch = watching();
  try {
    return await Promise.race([watch.stalled, grown(workshop, watch)]);
  } catch (error) {
    return error instanceof DOMException && error.name === "QuotaExceededError" ? "no room" : "failed";
  } finally {
    watch.end();
    await tidy().catch(() => {}); // what stays takes room, and nothing else
  }
}

/**
 * Ends the requests of a copy that stalls.
 * @returns {Watch}
 * @typedef {{ signal: AbortSignal, moved: () => void, end: () => void, stalled: Promise<never> }} Watch
 */
function watching() {
  const stop = new AbortController();
  /** @type {ReturnType<typeof setTimeout>} */ let timer;
  const moved = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stop.abort(), STALL);
  };
  const stalled = new Promise((_, reject) => stop.signal.addEventListener("abort", () => reject(new Error("nothing came"))));
  stalled.catch(() => {}); // whoever waits for it hears of it
  moved();
  return { signal: stop.signal, moved, end: () => clearTimeout(timer), stalled: /** @type {Promise<never>} */ (stalled) };
}

/** @param {boolean} workshop @param {Watch} watch */
async function grown(workshop, watch) {
  const [last] = await whole();
  const name = `${COPY}${last ? number(last) + 1 : 1}`;
  await caches.delete(name);
  const [copy, kept] = [await caches.open(name), last && await caches.open(last)];
  /** @type {{ page: string[], workshop: string[] }} */
  const list = await (await fetch(current(LIST), watch)).json();
  const [first] = list.workshop;
  if (workshop && !first) return "not built yet";
  const both = workshop || (first && kept && await kept.match(current(first)));
  await Promise.all([...list.page, ...(both ? list.workshop : [])].map((file) => add(copy, file, watch)));
  if (watch.signal.aborted) throw new Error("too late");
  await copy.put(WHOLE, new Response());
  return "kept";
}

/** A file of the page, and nothing that somebody else answered. @param {Cache} copy @param {string} file @param {Watch} watch */
async function add(copy, file, watch) {
  const [request, response] = [current(file), await fetch(current(file), watch)];
  const entrance = file === "./";
  const ours = entrance ? (await response.clone().text()).includes("js/main.js") : isOurs(request, response);
  if (!response.ok || !ours) throw new Error(`${file} did not come`);
  await Promise.all([seen(response.clone(), watch), copy.put(request, response)]);
}

/** Tells `watch` of each byte. @param {Response} response @param {Watch} watch */
async function seen({ body }, watch) {
  const reader = body?.getReader();
  while (reader && !(await reader.read()).done) watch.moved();
  watch.moved();
}

/** Only the newest whole copy stays. */
async function tidy() {
  const [newest] = await whole();
  for (const name of await caches.keys()) if (/^stylewalk-page/.test(name) && name !== newest) await caches.delete(name);
}

/** "no-cache" asks the server whether the browser's copy is still right, so an unchanged file is not sent again. @param {string} file */
function current(file) {
  return new Request(new URL(file, worker.registration.scope), { cache: "no-cache" });
}
