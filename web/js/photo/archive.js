// A zip archive, read where it lies: its list first, then each file when its turn comes. So an archive of any number of
// photos takes the memory of one.

/** @typedef {import("./queue.js").Arrival} Arrival */
/** @typedef {Arrival & { path: string }} Entry a file in an archive */

const END = 0x06054b50;
const ENTRY = 0x02014b50;
/** Bytes of a record without its names: the end of the archive, an entry of its list, the head before a file's bytes. */
const LENGTH = { end: 22, entry: 46, head: 30 };
/** The longest comment that may follow the end. */
const LONGEST_COMMENT = 0xffff;
const METHOD = { stored: 0, deflated: 8 };
/** What stands for a number that does not fit: the real one is elsewhere then, in the format's extension for large files. */
const ELSEWHERE = 0xffffffff;
const FLAG = { encrypted: 1, utf8: 0x800 };

/** What systems put beside photos: nobody means it. */
const RUBBISH = /(^|\/)(__MACOSX\/|\.[^/]+(\/|$)|Thumbs\.db$|desktop\.ini$)/i;

/** @param {string} path */
export function isRubbish(path) {
  return RUBBISH.test(path);
}

/** @param {string} name */
export function isArchive(name) {
  return /\.zip$/i.test(name);
}

/**
 * The files of an archive, folders and rubbish left out, in the order of their names.
 * @param {File} archive
 * @returns {Promise<Entry[]>}
 */
export async function entriesOf(archive) {
  const { count, list, before } = await listOf(archive);
  /** @type {Entry[]} */
  const entries = [];
  let at = 0;
  for (let entry = 0; entry < count; entry++) {
    if (at + LENGTH.entry > list.byteLength || list.getUint32(at, true) !== ENTRY) throw damaged();
    const [name, extra, comment] = [28, 30, 32].map((field) => list.getUint16(at + field, true));
    const length = LENGTH.entry + (name ?? 0) + (extra ?? 0) + (comment ?? 0);
    if (at + length > list.byteLength) throw damaged();
    const path = decoded(new Uint8Array(list.buffer, at + LENGTH.entry, name), list.getUint16(at + 8, true));
    if (!path.endsWith("/") && !isRubbish(path)) entries.push(entryAt(archive, list, at, path, before));
    at += length;
  }
  return entries.sort((a, b) => a.path.localeCompare(b.path, "en", { numeric: true }));
}

/** The archive's list, and how many bytes stand before what counts as its start. @param {File} archive */
async function listOf(archive) {
  const tail = Math.max(0, archive.size - LENGTH.end - LONGEST_COMMENT);
  const last = new DataView(await archive.slice(tail).arrayBuffer());
  let at = last.byteLength - LENGTH.end;
  while (at >= 0 && last.getUint32(at, true) !== END) at--;
  if (at < 0) throw damaged();
  const [count, size, offset] = [last.getUint16(at + 10, true), last.getUint32(at + 12, true), last.getUint32(at + 16, true)];
  if (offset === ELSEWHERE || count === 0xffff) throw new Error("the archive is too large to be read here: unpack it, and drop the folder");
  // A program that unpacks itself stands before some archives.
  const before = tail + at - size - offset;
  if (before < 0) throw damaged();
  const start = before + offset;
  return { count, list: new DataView(await archive.slice(start, start + size).arrayBuffer()), before };
}

/** @param {File} archive @param {DataView} list @param {number} at @param {string} path @param {number} before @returns {Entry} */
function entryAt(archive, list, at, path, before) {
  const [flags, method] = [list.getUint16(at + 8, true), list.getUint16(at + 10, true)];
  const [packed, size, head] = [list.getUint32(at + 20, true), list.getUint32(at + 24, true), before + list.getUint32(at + 42, true)];
  return {
    path,
    name: path.slice(path.lastIndexOf("/") + 1),
    size,
    async read() {
      if (flags & FLAG.encrypted) throw new Error("it is locked with a password in the archive: unpack that first");
      if (method !== METHOD.stored && method !== METHOD.deflated) throw new Error("it is packed in a way that is not read here: unpack the archive first");
      const lengths = new DataView(await archive.slice(head, head + LENGTH.head).arrayBuffer());
      if (lengths.byteLength < LENGTH.head) throw damaged();
      const start = head + LENGTH.head + lengths.getUint16(26, true) + lengths.getUint16(28, true);
      const bytes = archive.slice(start, start + packed).stream();
      // A list that lies about a file's size must not fill the memory.
      return whole(method === METHOD.stored ? bytes : bytes.pipeThrough(new DecompressionStream("deflate-raw")), size);
    },
  };
}

/** @param {ReadableStream<Uint8Array>} stream @param {number} size */
async function whole(stream, size) {
  const content = new Uint8Array(size);
  const reader = stream.getReader();
  let at = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      content.set(part.value, at);
      at += part.value.length;
    }
  } catch {
    at = -1; // longer than it says, or not what was packed
    reader.cancel().catch(() => {});
  }
  if (at !== size) throw damaged();
  return content;
}

/** Names are UTF-8 where the archive says so, and mostly where it does not. @param {Uint8Array} name @param {number} flags */
function decoded(name, flags) {
  try {
    return new TextDecoder("utf-8", { fatal: !(flags & FLAG.utf8) }).decode(name);
  } catch {
    return new TextDecoder("windows-1252").decode(name);
  }
}

function damaged() {
  return new Error("the archive cannot be used, as it is damaged or cut off: copy or download it again");
}
