// Photos come in by drop, paste or choice, any number at once.
import { filesOf, listed } from "../model/folder.js";
import { sorted } from "../model/sorted.js";
import { isRubbish } from "./archive.js";

/**
 * @typedef {object} Receiver
 * @property {(photos: import("./queue.js").Arrival[], note: string) => void} photos  at least one
 * @property {(files: import("../model/folder.js").FoundFile[]) => void} models  files that were no photographs
 * @property {(sentence: string) => void} refused
 */

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} tile shows that a drop is possible
 * @param {Receiver} receiver
 */
export function receivePhotos(input, tile, receiver) {
  input.addEventListener("change", () => {
    void offer(listed(input.files ?? []), "chosen", receiver);
    input.value = ""; // so that choosing the same file again counts as a change
  });
  document.addEventListener("paste", (event) => paste(event, receiver));
  // The whole window takes drops: one that misses the tile would otherwise replace the page with the file. Text goes where
  // text goes.
  window.addEventListener("dragover", (event) => {
    if (!bringsFiles(event.dataTransfer)) return;
    event.preventDefault();
    tile.classList.add("dragging");
  });
  window.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) tile.classList.remove("dragging");
  });
  window.addEventListener("drop", (event) => {
    tile.classList.remove("dragging");
    if (!event.dataTransfer || !bringsFiles(event.dataTransfer)) return;
    event.preventDefault();
    void drop(event.dataTransfer, receiver);
  });
}

/** Files, or the address of one: not just text. @param {DataTransfer | null} data */
function bringsFiles(data) {
  return data !== null && ["Files", "text/uri-list"].some((type) => data.types.includes(type));
}

/** @param {ClipboardEvent} event @param {Receiver} receiver */
function paste(event, receiver) {
  const data = event.clipboardData;
  const files = listed(data?.files ?? []);
  // Text belongs into the field that it is pasted into, whatever else the clipboard holds.
  if (takesText(event.target) && (files.length === 0 || data?.types.includes("text/plain"))) return;
  if (files.length > 0) {
    event.preventDefault();
    return void offer(files, "pasted", receiver);
  }
  receiver.refused("The clipboard holds no picture: copy a photo itself, then paste it here.");
}

/** @param {EventTarget | null} target */
function takesText(target) {
  if (target instanceof HTMLInputElement) return !target.readOnly && !["button", "checkbox", "file", "radio", "range"].includes(target.type);
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLElement && target.isContentEditable);
}

/** @param {DataTransfer} data @param {Receiver} receiver */
async function drop(data, receiver) {
  // Entries, and texts, must be taken before the first await: both are empty afterwards.
  const folder = [...data.items].map((item) => item.webkitGetAsEntry?.()).find((entry) => entry?.isDirectory);
  const address = data.getData("text/uri-list");
  if (!folder && data.files.length === 0 && address) return dropAddress(address, receiver);
  try {
    const all = (await filesOf(data)).filter(([path]) => !isRubbish(path));
    if (folder && all.length === 0) receiver.refused(`The folder ${folder.name} holds no file: drop a photo.`);
    else await offer(all, "dropped", receiver);
  } catch {
    receiver.refused(`The folder ${folder?.name ?? ""} could not be read: drop a photo itself.`);
  }
}

/** A picture dragged here from another page may come as its address alone. @param {string} address @param {Receiver} receiver */
function dropAddress(address, receiver) {
  const [, type = "", base64 = ""] = /^data:(image\/[\w.+-]+);base64,([\w+/=]+)/.exec(address) ?? [];
  if (!base64) return receiver.refused("Only the address of a picture was dropped, and the page fetches nothing from elsewhere: copy the picture itself and paste it here, or save it and drop the file.");
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  void offer(listed([new File([bytes], "picture", { type })]), "dropped", receiver);
}

/** @param {import("../model/folder.js").FoundFile[]} files @param {string} how @param {Receiver} receiver */
async function offer(files, how, receiver) {
  if (files.length === 0) {
    if (how !== "chosen") receiver.refused("That was not a file: drop a photo (JPEG, PNG or WebP).");
    return;
  }
  const { model, photos } = await sorted(files);
  if (model) receiver.models(files);
  else receiver.photos(photos, photos.length > 1 ? `${photos.length} files were ${how}` : "");
}
