// Serves the contestants from disk, as they are or compressed.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const packages = fileURLToPath(new URL("../../browser/node_modules/", import.meta.url));

/** @type {Record<string, string>} */
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};

/**
 * Folders of this run by their names in addresses: `wasm`, that of ours and of plain Burn; where networks are compared,
 * `model` and `training`, the model directories, and `onnx`.
 * @typedef {Record<string, string>} Folders
 */

/**
 * @param {Folders} folders
 * @param {(file: string, content: Buffer) => Promise<Buffer | undefined>} [pack] a file by Brotli, where it is to be sent so
 * @returns {Promise<{ address: string, place: (path: string) => string, close: () => Promise<void> }>}
 */
export async function serve(folders, pack) {
  /** @type {Record<string, string>} */
  const roots = {
    page: join(here, "page"),
    tfjs: join(here, "node_modules/@tensorflow"),
    ort: join(packages, "onnxruntime-web/dist"),
    ...folders,
  };
  /** @param {string} path */
  const place = (path) => {
    const [first = "", ...rest] = normalize(path).split("/").filter(Boolean);
    return join(roots[first] ?? "/nowhere", ...rest);
  };
  const server = createServer(async (request, response) => {
    const file = place(decodeURIComponent(new URL(request.url ?? "/", "http://page").pathname));
    const content = await readFile(file).catch(() => undefined);
    response.setHeader("cross-origin-opener-policy", "same-origin");
    response.setHeader("cross-origin-embedder-policy", "require-corp");
    response.setHeader("content-type", types[extname(file)] ?? "application/octet-stream");
    const packed = content && await pack?.(file, content);
    if (packed) response.setHeader("content-encoding", "br");
    response.writeHead(content ? 200 : 404).end(packed ?? content);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    address: `http://127.0.0.1:${port}`,
    place,
    close: () => new Promise((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    }),
  };
}
