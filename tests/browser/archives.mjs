// Zip archives as other programs make them, for tests.
import { crc32, deflateRawSync } from "node:zlib";

/** @typedef {{ path: string, content: Buffer }} Packed */

/** @param {Packed[]} files compressed, as most programs do @returns {Buffer} */
export function zipped(files) {
  const parts = [];
  const list = [];
  let at = 0;
  for (const { path, content } of files) {
    const [name, packed] = [Buffer.from(path), deflateRawSync(content)];
    const fields = fieldsOf(content, packed, name);
    const head = Buffer.concat([u32(0x04034b50), fields, name]);
    list.push(Buffer.concat([u32(0x02014b50), u16(20), fields, u16(0), u16(0), u16(0), u32(0), u32(at), name]));
    parts.push(head, packed);
    at += head.length + packed.length;
  }
  const directory = Buffer.concat(list);
  const end = Buffer.concat([u32(0x06054b50), u16(0), u16(0), u16(files.length), u16(files.length), u32(directory.length), u32(at), u16(0)]);
  return Buffer.concat([...parts, directory, end]);
}

/** What stands before a file and in the archive's list, from the version that is needed to the length of what is added. @param {Buffer} content @param {Buffer} packed @param {Buffer} name */
function fieldsOf(content, packed, name) {
  return Buffer.concat([u16(20), u16(0x800), u16(8), u16(0), u16(0), u32(checksum(content)), u32(packed.length), u32(content.length), u16(name.length), u16(0)]);
}

/** @param {Buffer} content */
function checksum(content) {
  // Node 20.15 and newer have it; readers here do not look at it.
  return typeof crc32 === "function" ? crc32(content) : 0;
}

/** @param {number} number */
function u16(number) {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(number);
  return bytes;
}

/** @param {number} number */
function u32(number) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}
