// A file leaves the page as a download.

/** @param {Uint8Array} bytes @param {string} name @param {string} type */
export function save(bytes, name, type) {
  const address = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The download has begun by then; the bytes are not to stay for as long as the page does.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
