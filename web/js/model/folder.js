// Files that belong together: dropped or chosen one by one, as a folder, or as a zip archive.

/** @typedef {[string, Uint8Array]} NamedFile its path in the folder, and its bytes */

/** @param {string} path */
const base = (path) => path.slice(path.lastIndexOf("/") + 1);

/** Whether these are files of a model, of an H or of a run, rather than photographs. @param {{ name: string }[]} files */
export function isModel(files) {
  return files.some(({ name }) => /(^(model|features)\.json|\.safetensors|\.zip)$/i.test(name));
}

/** All files that a drop brings, folders opened to the bottom. @param {DataTransfer} data @returns {Promise<File[]>} */
export function filesOf(data) {
  // Entries must be taken before the first await: the list is empty afterwards.
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null).filter((entry) => entry !== null);
  if (entries.every((entry) => entry.isFile)) return Promise.resolve([...data.files]);
  return Promise.all(entries.map(below)).then((files) => files.flat());
}

/** @param {FileSystemEntry} entry @returns {Promise<File[]>} */
async function below(entry) {
  if (entry.isFile) {
    return [await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject))];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {FileSystemEntry[]} */
  const found = [];
  // Browsers hand entries out in batches; an empty batch is the end.
  for (;;) {
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) break;
    found.push(...batch);
  }
  found.sort((a, b) => a.name.localeCompare(b.name, "en"));
  return (await Promise.all(found.filter(({ name }) => !name.startsWith(".")).map(below))).flat();
}

/**
 * The files' contents, an archive among them unpacked.
 * @param {File[]} files
 * @param {(archive: Uint8Array) => Promise<NamedFile[]>} unpack
 * @returns {Promise<NamedFile[]>}
 */
export async function contents(files, unpack) {
  const read = files.map(async (file) => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    return /\.zip$/i.test(file.name) ? unpack(bytes) : [/** @type {NamedFile} */ ([file.name, bytes])];
  });
  return (await Promise.all(read)).flat();
}

/**
 * A model directory among files, whatever folders they lie in.
 * @param {NamedFile[]} files
 * @returns {import("../protocol.js").ModelFiles | undefined}
 */
export function modelIn(files) {
  const card = files.find(([path]) => base(path) === "model.json");
  if (!card) return undefined;
  const folder = card[0].slice(0, card[0].lastIndexOf("/") + 1);
  const beside = files.filter(([path]) => path.startsWith(folder) && path !== card[0]);
  return { json: card[1], files: beside.map(([path, bytes]) => [path.slice(folder.length), bytes]) };
}

/** An H among files. @param {NamedFile[]} files @returns {import("../protocol.js").FeaturesFiles} */
export function featuresIn(files) {
  const card = files.find(([path]) => base(path) === "features.json");
  const weights = files.find(([path]) => base(path) === "classifier.safetensors");
  return card && weights ? [card[1], weights[1]] : [];
}
