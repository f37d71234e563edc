// Photos come in by drop, paste or choice, any number at once.
import { filesOf, isModel } from "../model/folder.js";

/** The images crate refuses more; asking here saves reading the file. */
export const MAX_PHOTO_BYTES = 64 * 1024 * 1024;

/**
 * @typedef {object} Receiver
 * @property {(files: File[], note: string) => void} photos  at least one
 * @property {(files: import("../model/folder.js").FoundFile[]) => void} models  a folder that was no photographs'
 * @property {(sentence: string) => void} refused
 */

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} tile shows that a drop is possible
 * @param {Receiver} receiver
 */
export function receivePhotos(input, tile, receiver) {
  input.addEventListener("change", () => {
    offer([...(input.files ?? [])], "chosen", receiver);
    input.value = ""; // so that choosing the same file again counts as a change
  });
  document.addEventListener("paste", (event) => paste(event, receiver));
  // The whole window takes drops: one that misses the tile would otherwise replace the page with the file.
  window.addEventListener("dragover", (event) => {
    event.preventDefault();
    tile.classList.add("dragging");
  });
  window.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) tile.classList.remove("dragging");
  });
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    tile.classList.remove("dragging");
    if (event.dataTransfer) void drop(event.dataTransfer, receiver);
  });
}

/** @param {ClipboardEvent} event @param {Receiver} receiver */
function paste(event, receiver) {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length > 0) {
    event.preventDefault();
    return offer(files, "pasted", receiver);
  }
  receiver.refused("The clipboard holds no picture: copy a photo itself, then paste it here.");
}

/** @param {DataTransfer} data @param {Receiver} receiver */
async function drop(data, receiver) {
  // Entries must be taken before the first await: the list is empty afterwards.
  const folder = [...data.items].map((item) => item.webkitGetAsEntry?.()).find((entry) => entry?.isDirectory);
  if (!folder) return offer([...data.files], "dropped", receiver);
  try {
    const all = await filesOf(data);
    if (isModel(all)) return receiver.models(all);
    // What lies in folders of the folder is left out.
    const found = all.filter(([path]) => path.split("/").length <= 2).map(([, file]) => file);
    if (found.length > 0) offer(found, "dropped", receiver);
    else receiver.refused(`The folder ${folder.name} holds no file: drop a photo.`);
  } catch {
    receiver.refused(`The folder ${folder.name} could not be read: drop a photo itself.`);
  }
}

/** @param {File[]} files @param {string} how @param {Receiver} receiver */
function offer(files, how, receiver) {
  const [file] = files;
  const large = files.find((one) => one.size > MAX_PHOTO_BYTES);
  if (!file) {
    if (how !== "chosen") receiver.refused("That was not a file: drop a photo (JPEG, PNG or WebP).");
  } else if (large) {
    receiver.refused(`${large.name} has ${Math.ceil(large.size / 2 ** 20)} MiB: the page takes photos of up to ${MAX_PHOTO_BYTES / 2 ** 20} MiB.`);
  } else {
    receiver.photos(files, files.length > 1 ? `${files.length} files were ${how}` : "");
  }
}
