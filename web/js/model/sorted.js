// What files are: a model, or photographs, those in archives among them.
import { entriesOf, isArchive } from "../photo/archive.js";
import { arrival } from "../photo/queue.js";
import { isModel } from "./folder.js";

/** @typedef {import("./folder.js").FoundFile} FoundFile */
/** @typedef {import("../photo/queue.js").Arrival} Arrival */

/**
 * @param {FoundFile[]} files
 * @returns {Promise<{ model: boolean, photos: Arrival[] }>} all of them belong to a model, an H or a run; or they are photographs
 */
export async function sorted(files) {
  if (isModel(files.map(([path]) => path))) return { model: true, photos: [] };
  const photos = [];
  for (const [path, file] of files) {
    if (!isArchive(path)) {
      photos.push([arrival(file)]);
      continue;
    }
    try {
      const entries = await entriesOf(file);
      if (isModel(entries.map(({ path }) => path))) return { model: true, photos: [] };
      photos.push(entries.length > 0 ? entries : [refused(file, new Error("there is no file in this archive"))]);
    } catch (error) {
      photos.push([refused(file, error)]);
    }
  }
  return { model: false, photos: photos.flat() };
}

/** An archive that cannot be opened is refused in its turn, by name. @param {File} file @param {unknown} error @returns {Arrival} */
function refused({ name }, error) {
  return { name, size: 0, read: () => Promise.reject(error) };
}
