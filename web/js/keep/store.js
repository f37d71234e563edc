// The visitor's work in the browser's IndexedDB: a record for each tab and model. Two tabs so never overwrite each other's,
// and a new tab begins with the newest.

const DATABASE = "stylewalk-work";
const STORE = "work";
/** Older ones than so many go. */
const MOST = 8;

/** @typedef {Omit<import("../pins/pins.js").Pin, "id">} KeptPin */
/**
 * @typedef {object} Kept
 * @property {string} model  its generator's sha256: codes mean nothing to another
 * @property {string} tab
 * @property {number} when  ms
 * @property {KeptPin[]} pins
 * @property {number} chosen  the place of the pin that is worked on
 * @property {import("./link.js").WalkState} walk
 * @property {import("../change/panel.js").Changes} changes
 * @property {string} link  the last that was taken or refused: it is not asked about again
 */

/** @param {Kept} kept */
export async function put(kept) {
  const database = await open();
  const transaction = database.transaction(STORE, "readwrite");
  const store = transaction.objectStore(STORE);
  store.put(kept);
  let count = 0;
  const newest = store.index("when").openKeyCursor(null, "prev");
  newest.onsuccess = () => {
    const cursor = newest.result;
    if (!cursor) return;
    if (++count > MOST) store.delete(cursor.primaryKey);
    cursor.continue();
  };
  await done(transaction);
}

/** This tab's own, or else the newest. @param {string} model @param {string} tab @returns {Promise<Kept | undefined>} */
export async function get(model, tab) {
  const store = (await open()).transaction(STORE).objectStore(STORE);
  const own = await answer(store.get([model, tab]));
  if (own) return own;
  const newest = await answer(store.index("model").openCursor(IDBKeyRange.bound([model, 0], [model, Infinity]), "prev"));
  return newest?.value;
}

/** Nothing is kept any more. */
export async function clear() {
  const transaction = (await open()).transaction(STORE, "readwrite");
  transaction.objectStore(STORE).clear();
  await done(transaction);
}

/** @type {Promise<IDBDatabase> | undefined} */
let opened;

function open() {
  opened ??= openOnce();
  // A browser that forbids keeping may be told to allow it.
  opened.catch(() => { opened = undefined; });
  return opened;
}

/** @returns {Promise<IDBDatabase>} */
async function openOnce() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    const store = request.result.createObjectStore(STORE, { keyPath: ["model", "tab"] });
    store.createIndex("when", "when");
    store.createIndex("model", ["model", "when"]);
  };
  const database = await answer(request);
  // A newer page in another tab, or a visitor who deletes the site's data, must not wait for this one.
  database.onversionchange = () => { database.close(); opened = undefined; };
  database.onclose = () => { opened = undefined; };
  return database;
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function done(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}
