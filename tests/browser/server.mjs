// Serves the built page as crates/serve does, and answers some paths wrongly where a test wants it to.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** The built page; `cargo xtask demo --build-only` makes it. */
export const dist = process.env.STYLEWALK_DIST ?? join(root, "dist");
/** The model directory under test. */
export const model = process.env.STYLEWALK_MODEL ?? join(dist, "weights");

// As in crates/serve/src/headers.rs: a test compares them.
export const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; "
  + "img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** @type {Record<string, string>} */
const types = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};

/** A status, or other bytes than the file's: at once, or piece by piece. @typedef {number | Buffer | string | AsyncIterable<Buffer>} Body */
/** How to answer one path; in its own time. @typedef {(file: Buffer) => Body | undefined | Promise<Body | undefined>} Answer */

/**
 * @param {Record<string, Answer>} [wrong] by path, for example "/weights/model.json"
 * @param {() => string} [weights] the model directory that is served, read at each request
 * @param {string} [host] from whom it takes requests: this machine alone, if left out
 * @param {string} [page] the built page's folder
 * @returns {Promise<{ address: string, close: () => Promise<void>, right: () => void, leave: (gone: boolean) => void, asked: (folder: string) => string[] }>}
 * `right` mends everything; while it has left, it answers nobody; `asked` are the files of a folder that were asked for
 */
export async function serve(wrong = {}, weights = () => model, host = "127.0.0.1", page = dist) {
  let answers = wrong;
  let away = false;
  /** @type {string[]} */
  const asked = [];
  const server = createServer(async (request, response) => {
    if (away) return request.socket.destroy();
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://page").pathname);
    asked.push(path);
    const file = await readFile(place(page, path, weights())).catch(() => undefined);
    const answer = await answers[path]?.(file ?? Buffer.alloc(0)) ?? file ?? 404;
    response.setHeader("content-security-policy", POLICY);
    response.setHeader("x-content-type-options", "nosniff");
    response.setHeader("cross-origin-opener-policy", "same-origin");
    response.setHeader("cross-origin-embedder-policy", "require-corp");
    response.setHeader("cross-origin-resource-policy", "same-origin");
    response.setHeader("cache-control", "no-cache");
    response.setHeader("content-type", types[extname(path) || ".html"] ?? "application/octet-stream");
    // Networks that want a visitor to log in first send their page as what it is, whatever was asked for.
    if (typeof answer === "string" && answer.startsWith("<!doctype html>")) response.setHeader("content-type", "text/html");
    if (typeof answer === "number") response.writeHead(answer).end();
    else if (typeof answer === "string" || Buffer.isBuffer(answer)) response.end(answer);
    else Readable.from(answer).on("error", () => response.destroy()).pipe(response);
  });
  await new Promise((listening) => server.listen(0, host, () => listening(undefined)));
  // A test that failed before it closed its server must not keep the others waiting.
  server.unref();
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    address: `http://127.0.0.1:${port}/`,
    right: () => { answers = {}; },
    leave: (gone) => { away = gone; },
    asked: (folder) => asked.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length)),
    close: () => new Promise((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    }),
  };
}

/** @param {string} page @param {string} path @param {string} weights */
function place(page, path, weights) {
  const inside = normalize(path.endsWith("/") ? `${path}index.html` : path);
  return inside.startsWith("/weights/") ? join(weights, inside.slice("/weights/".length)) : join(page, inside);
}
