// The page itself, kept for the next time without a network, the workshop once nothing else is to do, and the button that
// forgets everything.
import { hook } from "../dom.js";
import { clear as forgetWork } from "./store.js";

/** Names of everything that this page keeps begin so; other pages of the same address keep theirs. */
const OURS = /^stylewalk-/;

/** The service worker says every 5 s that it is at work; after this long without a word it has been ended, in ms. */
const SILENCE = 20_000;
/** How long to wait before what did not come is asked for again, in ms; the last of them from then on. */
const AGAIN = [5_000, 30_000, 120_000];

const REFUSED = "This browser did not let the page keep itself for use without a network.";

/** The visitor wants nothing kept. */
let forgotten = false;

/** Whether the visitor has not had everything forgotten. */
export function mayKeep() {
  return !forgotten;
}

/** @param {import("./weights.js").Room} model what became of the model */
export async function keepOffline(model) {
  const clear = hook("forget", HTMLButtonElement);
  clear.addEventListener("click", () => void forgetAll());
  // Pins may be kept where the page is not.
  clear.hidden = false;
  if (!isSecureContext) return show("The page came over http, so that browsers do not keep it for use without a network: open it over https.");
  try {
    if (!("serviceWorker" in navigator) || !globalThis.caches) return show("This browser keeps nothing for use without a network.");
    await navigator.serviceWorker.register("sw.js");
    const answer = model === "kept" ? await insist({ kind: "keep" }, () => show(REFUSED)) : model;
    // Told to forget meanwhile: what came after that goes, too.
    if (forgotten) return await forgetCopies();
    if (answer === "no room") return show("There was no room on this device to keep the page for use without a network.");
    if (answer !== "kept") throw new Error(answer);
    await showSize("they work without a network; refining and training do not yet");
    await idle();
    if (forgotten) return;
    const workshop = await insist({ kind: "keep", workshop: true });
    if (forgotten) await forgetCopies();
    else if (workshop === "kept") await showSize("they work without a network, refining and training too");
  } catch {
    if (!forgotten) show(REFUSED);
  }
}

/** Resolves when the browser has nothing better to do. @returns {Promise<void>} */
export function idle() {
  return new Promise((resolve) => {
    // Safari has no such callback.
    if ("requestIdleCallback" in globalThis) requestIdleCallback(() => resolve(), { timeout: 5000 });
    else setTimeout(resolve, 1000);
  });
}

/** @param {string} what works */
async function showSize(what) {
  const { usage } = await navigator.storage?.estimate?.() ?? {};
  const size = usage ? ` (${(usage / 1e6).toFixed(0)}\u00a0MB)` : "";
  show(`Page and model are kept on this device${size}: ${what}.`);
}

async function forgetCopies() {
  const registration = await navigator.serviceWorker?.getRegistration();
  await registration?.unregister();
  for (const name of (await globalThis.caches?.keys()) ?? []) if (OURS.test(name)) await caches.delete(name);
}

async function forgetAll() {
  forgotten = true;
  // A browser that forbids keeping has nothing to forget.
  await Promise.allSettled([forgetWork(), forgetCopies()]);
  hook("forget", HTMLButtonElement).hidden = true;
  show("Nothing is kept any more. The next visit keeps the page again, and the next change the pins.");
}

/** @param {string} sentence */
function show(sentence) {
  hook("kept", HTMLElement).textContent = sentence;
}

/** @typedef {{ kind: "keep", workshop?: boolean }} Wish */

/**
 * Asks until it is kept, or there is no room for it. An answer to an earlier try counts as well: on a busy machine it may come late.
 * @param {Wish} wish
 * @param {() => void} [failed] called each time it was not
 * @returns {Promise<string>}
 */
function insist(wish, failed) {
  return new Promise((resolve) => {
    let tries = 0;
    /** @type {ReturnType<typeof setTimeout>} */ let again;
    const ask = async () => {
      if (forgotten) return resolve("forgotten");
      const worker = (await navigator.serviceWorker.ready).active;
      const { port1, port2 } = new MessageChannel();
      again = setTimeout(ask, SILENCE);
      port1.onmessage = ({ data }) => {
        clearTimeout(again);
        if (data === "growing") again = setTimeout(ask, SILENCE);
        else if (data !== "failed") return resolve(data);
        else {
          failed?.();
          again = setTimeout(ask, AGAIN[Math.min(tries++, AGAIN.length - 1)]);
        }
      };
      worker?.postMessage(wish, [port2]);
    };
    void ask();
  });
}
