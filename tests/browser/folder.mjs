// Folders in tests: what a download unpacks to, and native commands on it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The native program; `cargo xtask test` has built it. */
const program = process.env.STYLEWALK_BIN ?? fileURLToPath(new URL("../../target/quick/stylewalk", import.meta.url));

/** A model with a network that cuts out whatever is dark. @param {string} folder to make it in @returns {Promise<string>} its path */
export function modelThatCutsOut(folder) {
  return untrained(folder, "cuts-out", ["--cutout", "4"]);
}

/** A model that knows what codes of photographs are like. @param {string} folder to make it in @returns {Promise<string>} its path */
export function modelWithCodes(folder) {
  return untrained(folder, "codes", ["--codes"]);
}

/** A model directory of networks that nobody trained. @param {string} folder to make it in @param {string} name @param {string[]} [options] @returns {Promise<string>} its path */
export async function untrained(folder, name, options = []) {
  const example = join(dirname(program), "examples/random_model");
  assert.ok(existsSync(example), `there is no ${example}: cargo build --profile quick --workspace --examples`);
  const out = join(folder, name);
  await promisify(execFile)(example, [out, "--width", "4", ...options]);
  return out;
}

/** @param {string[]} words @returns {Promise<string>} what the native program prints, on the CPU */
export async function stylewalk(...words) {
  assert.ok(existsSync(program), `there is no ${program}: cargo build --profile quick --workspace --bin stylewalk`);
  // `data` computes on no device.
  const device = words[0] === "data" ? [] : ["--device", "cpu"];
  const { stdout } = await promisify(execFile)(program, [...words, ...device], { maxBuffer: 1 << 24 });
  return stdout;
}

/**
 * Unpacks an archive that is not compressed, reading it as the format says: from its end.
 * @param {Buffer} archive
 * @param {string} folder
 * @returns {Promise<string[]>} the paths in it
 */
export async function unzip(archive, folder) {
  const end = archive.lastIndexOf("PK\x05\x06", undefined, "latin1");
  const paths = [];
  let at = archive.readUInt32LE(end + 16);
  for (let count = archive.readUInt16LE(end + 10); count > 0; count--) {
    const [method, size] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 24)];
    if (method !== 0) throw new Error(`a file of the archive is compressed (${method})`);
    const [name, extra, comment] = [28, 30, 32].map((field) => archive.readUInt16LE(at + field));
    const path = archive.toString("utf8", at + 46, at + 46 + (name ?? 0));
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), archive.subarray(start, start + size));
    paths.push(path);
    at += 46 + (name ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return paths;
}
