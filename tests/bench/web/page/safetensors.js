/** @typedef {{ shape: number[], values: Float32Array }} Stored */

/** Every tensor of an f32 safetensors file, by name. @param {Uint8Array} file @returns {Record<string, Stored>} */
export function tensors(file) {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  /** @type {Record<string, { shape: number[], data_offsets: [number, number] }>} */
  const { __metadata__: _, ...header } = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  return Object.fromEntries(Object.entries(header).map(([name, { shape, data_offsets: [start, end] }]) => {
    // Copied, so that the numbers begin where a Float32Array may begin.
    const bytes = file.slice(8 + length + start, 8 + length + end);
    return [name, { shape, values: new Float32Array(bytes.buffer) }];
  }));
}
