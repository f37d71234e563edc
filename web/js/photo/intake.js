// Photos come in by drop, paste or choice; out goes one file at a time, with a note when something was left out.

/** The images crate refuses more; asking here saves reading the file. */
export const MAX_PHOTO_BYTES = 64 * 1024 * 1024;

/**
 * @typedef {object} Receiver
 * @property {(file: File, note: string) => void} photo
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
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const files = [...data.files];
  const first = entries.find((entry) => entry !== null);
  if (!first?.isDirectory) return offer(files, "dropped", receiver);
  try {
    const file = await firstFile(/** @type {FileSystemDirectoryEntry} */ (first));
    if (file) receiver.photo(file, `A folder was dropped; this is its first file, ${file.name}.`);
    else receiver.refused(`The folder ${first.name} holds no file: drop a photo.`);
  } catch {
    receiver.refused(`The folder ${first.name} could not be read: drop a photo itself.`);
  }
}

/** @param {File[]} files @param {string} how @param {Receiver} receiver */
function offer(files, how, receiver) {
  const [file] = files;
  if (!file) {
    if (how !== "chosen") receiver.refused("That was not a file: drop a photo (JPEG, PNG or WebP).");
  } else if (file.size > MAX_PHOTO_BYTES) {
    receiver.refused(`${file.name} has ${Math.ceil(file.size / 2 ** 20)} MiB: the page takes photos of up to ${MAX_PHOTO_BYTES / 2 ** 20} MiB.`);
  } else {
    receiver.photo(file, files.length > 1 ? `${files.length} files were ${how}; this is the first, ${file.name}.` : "");
  }
}

/** @param {FileSystemDirectoryEntry} folder @returns {Promise<File | undefined>} its first file by name */
async function firstFile(folder) {
  const reader = folder.createReader();
  /** @type {FileSystemFileEntry[]} */
  const found = [];
  // Browsers hand entries out in batches; an empty batch is the end.
  for (;;) {
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) break;
    for (const entry of batch) if (entry.isFile && !entry.name.startsWith(".")) found.push(entry);
  }
  const [first] = found.sort((a, b) => a.name.localeCompare(b.name, "en"));
  return first && new Promise((resolve, reject) => first.file(resolve, reject));
}
