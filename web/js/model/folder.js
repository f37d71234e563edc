// Files that belong together: dropped or chosen one by one, as a folder, or as a zip archive. Each keeps its path, by which
// a run's checkpoints are distinguished.

/** @typedef {import("../protocol.js").NamedFile} NamedFile */
/** @typedef {[string, File]} FoundFile its path in the folder, and where its bytes can be read */

/** What only a model, an H or a run has. */
const TELLING = /(^|\/)(model\.json|features\.json|stats\.jsonl)$|\.safetensors$/i;

/** @param {string} path */
const base = (path) => path.slice(path.lastIndexOf("/") + 1);

/** The folder of a path, with its last slash. @param {string} path */
const folderOf = (path) => path.slice(0, path.lastIndexOf("/") + 1);

/** Whether these are files of a model, of an H or of a run, rather than photographs. @param {string[]} paths */
export function isModel(paths) {
  return paths.some((path) => TELLING.test(path));
}

/** Files as an input or a drop lists them. @param {Iterable<File>} files @returns {FoundFile[]} */
export function listed(files) {
  return [...files].map((file) => [file.webkitRelativePath || file.name, file]);
}

/** All files that a drop brings, folders opened to the bottom. @param {DataTransfer} data @returns {Promise<FoundFile[]>} */
export async function filesOf(data) {
  // Entries must be taken before the first await: the list is empty afterwards.
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null).filter((entry) => entry !== null);
  if (entries.every((entry) => entry.isFile)) return listed(data.files);
  return (await Promise.all(entries.map(below))).flat();
}

/** @param {FileSystemEntry} entry @returns {Promise<FoundFile[]>} */
async function below(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject));
    return [[entry.fullPath.slice(1), file]];
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
 * The files' contents, an archive among them unpacked. Of a run only what makes it a model is read: the rest may be
 * thousands of photographs.
 * @param {FoundFile[]} files
 * @param {(archive: Uint8Array) => Promise<NamedFile[]>} unpack
 * @returns {Promise<NamedFile[]>}
 */
export async function contents(files, unpack) {
  const run = runIn(files);
  const needed = run ? [run.config, ...run.checkpoint, ...files.filter(([path]) => /(^|\/)(features|cutout)\/[^/]+$/.test(path))] : files;
  const read = needed.map(async ([path, file]) => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    return /\.zip$/i.test(path) ? unpack(bytes) : [/** @type {NamedFile} */ ([path, bytes])];
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
  const folder = folderOf(card[0]);
  const beside = files.filter(([path]) => path.startsWith(folder) && path !== card[0]);
  return { json: card[1], files: beside.map(([path, bytes]) => [path.slice(folder.length), bytes]) };
}

/**
 * A run directory among files: its configuration, and the files of its last checkpoint, of which there may be none.
 * @template T
 * @param {[string, T][]} files
 * @returns {{ config: [string, T], checkpoint: [string, T][] } | undefined}
 */
export function runIn(files) {
  const config = files.find(([path]) => base(path) === "config.json");
  if (!config || files.some(([path]) => base(path) === "model.json")) return undefined;
  const checkpoints = `${folderOf(config[0])}checkpoints/step-`;
  const step = (/** @type {string} */ path) => (path.startsWith(checkpoints) ? parseInt(path.slice(checkpoints.length), 10) : NaN);
  const last = Math.max(...files.map(([path]) => step(path)).filter(Number.isFinite));
  return { config, checkpoint: files.filter(([path]) => step(path) === last) };
}

/** What cuts garments out, among a run's files. @param {NamedFile[]} files @returns {import("../protocol.js").CutoutFiles} */
export function cutoutIn(files) {
  const card = files.find(([path]) => base(path) === "cutout.json");
  const weights = files.find(([path]) => base(path) === "cutout.safetensors");
  return card && weights ? [card[1], weights[1]] : [];
}

/** An H among files. @param {NamedFile[]} files @returns {import("../protocol.js").FeaturesFiles} */
export function featuresIn(files) {
  const card = files.find(([path]) => base(path) === "features.json");
  const weights = files.find(([path]) => base(path) === "classifier.safetensors");
  return card && weights ? [card[1], weights[1]] : [];
}
