// The convolutions' shaders and the dense layer's in a real browser, on a device with WebGPU's default limits: every way to divide their work against
// sums in float64. crates/kernels and crates/inference test the same files natively.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { readFile } from "node:fs/promises";
import { site } from "./site.mjs";

/** As crates/compute/src/forward/variant.rs lists them: CHANNELS, SLICES, WORKGROUP, and ROWS where they are not 4; of the weight gradient CHANNELS and parts. */
const VARIANTS = {
  conv2d: [[4, 1, 64, 2], [4, 16, 64, 2], [8, 1, 64], [8, 1, 16], [4, 1, 64], [4, 4, 32], [8, 8, 32], [4, 16, 64]],
  conv_transpose2d: [[1, 1, 64, 2], [1, 16, 64, 2], [2, 1, 64], [2, 1, 16], [1, 1, 64], [1, 4, 32], [2, 8, 32], [1, 16, 64]],
  dense: [[4, 1, 64], [4, 16, 64], [4, 64, 64]],
  conv2d_weight: [[4, 1], [8, 1], [4, 5], [8, 5], [2, 1], [2, 5]],
  conv2d_weight_staged: [[4, 1], [2, 1], [4, 3], [2, 3]],
};
/** Those whose slices meet in subgroups. */
const IN_SUBGROUPS = {
  conv2d: [[4, 4, 64], [8, 8, 64], [4, 16, 64]],
  conv_transpose2d: [[1, 4, 64], [2, 8, 64], [1, 16, 64]],
  dense: [[4, 4, 64], [4, 16, 64]],
};
/** Sums of some hundred products of numbers below 1, in float32. */
const ROUNDING = 5e-5;

/** @typedef {{ shader: string, constants: Record<string, number>, places: number, perGroup: number, depth: number, buffers: number[][], sizes: number[], results: number }} Job */

/** @typedef {{ plain?: boolean, subgroups?: boolean }} How without any constant, as the files stand; with slices that meet in subgroups */

/** Numbers in [-1, 1), the same in every run. @param {number} count @param {number} seed */
function noise(count, seed) {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(state / 2 ** 31 - 1);
  });
}

/** @param {number} x @param {number} kind */
function activated(x, kind) {
  return [x, x > 0 ? x : 0.2 * x, Math.tanh(x)][kind] ?? x;
}

/** @typedef {{ batch: number, inputs: number, outputs: number, height: number, width: number, kernel: number, kind: number }} Case */

/**
 * A map with a border of zeros, and how to read it.
 * @param {Case} at @param {number} before @param {number} rows @param {number} row @param {number} [seed]
 */
function bordered({ batch, inputs, height, width }, before, rows, row, seed = 1) {
  const values = noise(batch * inputs * height * width, seed);
  const image = new Array(batch * inputs * rows * row).fill(0);
  values.forEach((value, index) => {
    const [x, y, plane] = [index % width, Math.floor(index / width) % height, Math.floor(index / width / height)];
    image[(plane * rows + y + before) * row + x + before] = value;
  });
  /** @param {number} plane @param {number} y @param {number} x */
  const read = (plane, y, x) => (y < 0 || x < 0 || y >= height || x >= width ? 0 : values[(plane * height + y) * width + x] ?? 0);
  return { image, read };
}

/** How many samples' blocks lie side by side: not all of them. */
const TOGETHER = 2;

/** @param {Case} at @param {number[]} variant @returns {{ job: Job, expected: number[] }} */
function convolution(at, [channels = 1, slices = 1, workgroup = 1, rows = 4]) {
  const { batch, inputs, outputs, kernel, kind } = at;
  const [height, width] = [Math.ceil(at.height / 2), Math.ceil(at.width / 2)];
  const [down, across] = [Math.ceil(height / 4), Math.ceil(width / 4)];
  const { image, read } = bordered(at, 2, 8 * down + 3, 8 * across + 4);
  const weight = noise(outputs * inputs * kernel * kernel, 2);
  /** @param {number} o @param {number} i @param {number} y @param {number} x */
  const w = (o, i, y, x) => (o < outputs && x < kernel ? weight[((o * inputs + i) * kernel + y) * kernel + x] ?? 0 : 0);
  const packed = [];
  for (let part = 0; part < Math.ceil(outputs / channels); part++)
    for (let i = 0; i < inputs; i++)
      for (let y = 0; y < kernel; y++) {
        for (let c = 0; c < channels; c++) for (let x = 0; x < 4; x++) packed.push(w(part * channels + c, i, y, x));
        if (kernel === 5) for (let c = 0; c < channels; c++) packed.push(w(part * channels + c, i, y, 4));
      }
  const bias = noise(outputs, 3);
  const expected = maps(batch, outputs, height, width, (n, o, y, x) => {
    let sum = bias[o] ?? 0;
    for (let i = 0; i < inputs; i++)
      for (let ky = 0; ky < kernel; ky++)
        for (let kx = 0; kx < kernel; kx++)
          sum += w(o, i, ky, kx) * read(n * inputs + i, 2 * y + ky - (kernel >> 1), 2 * x + kx - (kernel >> 1));
    return activated(sum, kind);
  });
  const sizes = [inputs, outputs, height, width, 0, outputs * height * width, height * width, width, kind, 1, batch, TOGETHER];
  const constants = { KERNEL: kernel, CHANNELS: channels, ROWS: rows, SLICES: slices, WORKGROUP: workgroup };
  const places = TOGETHER * Math.ceil(height / rows) * across * Math.ceil(outputs / channels);
  return { job: { shader: "conv2d", constants, places, perGroup: workgroup / slices, depth: Math.ceil(batch / TOGETHER), buffers: [image, packed, bias], sizes, results: expected.length }, expected };
}

/** @param {Case} at @param {number[]} variant @returns {{ job: Job, expected: number[] }} */
function transposed(at, [channels = 1, slices = 1, workgroup = 1, rows = 4]) {
  const { batch, inputs, outputs, height, width, kernel, kind } = at;
  const [taps, half] = [kernel * kernel, (kernel - 1) / 2];
  const room = 4 * Math.ceil(taps / 4);
  const [down, across] = [Math.ceil(height / 4), Math.ceil(width / 4)];
  const { image, read } = bordered(at, 1, 4 * down + 2, 4 * across + 4);
  const parts = Math.ceil(outputs / channels);
  const packed = new Array(inputs * parts * channels * room).fill(0);
  const weight = noise(inputs * outputs * taps, 2);
  weight.forEach((value, index) => {
    const [tap, pair] = [index % taps, Math.floor(index / taps)];
    packed[(Math.floor(pair / outputs) * parts * channels + pair % outputs) * room + tap] = value;
  });
  const bias = noise(outputs, 3);
  const expected = maps(batch, outputs, 2 * height, 2 * width, (n, o, y, x) => {
    let sum = bias[o] ?? 0;
    for (let i = 0; i < inputs; i++)
      for (let ky = (y + half) % 2; ky < kernel; ky += 2)
        for (let kx = (x + half) % 2; kx < kernel; kx += 2)
          sum += (weight[(i * outputs + o) * taps + ky * kernel + kx] ?? 0) * read(n * inputs + i, (y + half - ky) / 2, (x + half - kx) / 2);
    return activated(sum, kind);
  });
  const sizes = [inputs, outputs, height, width, 0, outputs * height * width * 4, height * width * 4, width * 2, kind, 1, batch, TOGETHER];
  const constants = { KERNEL: kernel, TAPS: room / 4, CHANNELS: channels, ROWS: rows, SLICES: slices, WORKGROUP: workgroup };
  return { job: { shader: "conv_transpose2d", constants, places: TOGETHER * Math.ceil(height / rows) * across * parts, perGroup: workgroup / slices, depth: Math.ceil(batch / TOGETHER), buffers: [image, packed, bias], sizes, results: expected.length }, expected };
}

/** @param {Case} at @param {number[]} variant @returns {{ job: Job, expected: number[] }} */
function dense({ batch, inputs, outputs, kind }, [, slices = 1, workgroup = 1]) {
  const samples = Math.ceil(batch / 4) * 4;
  const input = noise(samples * inputs, 1);
  const weight = noise(outputs * inputs, 2);
  const quads = Math.ceil(outputs / 4);
  const packed = new Array(quads * inputs * 4).fill(0);
  weight.forEach((value, index) => {
    const [o, i] = [Math.floor(index / inputs), index % inputs];
    packed[(Math.floor(o / 4) * inputs + i) * 4 + o % 4] = value;
  });
  const bias = noise(outputs, 3);
  const expected = maps(samples, outputs, 1, 1, (n, o) => {
    let sum = bias[o] ?? 0;
    for (let i = 0; i < inputs; i++) sum += (weight[o * inputs + i] ?? 0) * (input[n * inputs + i] ?? 0);
    return activated(sum, kind);
  });
  const sizes = [samples, inputs, outputs, 0, inputs, 1, 1, 0, outputs, 1, 1, kind];
  const constants = { SLICES: slices, WORKGROUP: workgroup };
  return { job: { shader: "dense", constants, places: quads, perGroup: workgroup / slices, depth: samples / 4, buffers: [input, packed, bias], sizes, results: expected.length }, expected };
}

/**
 * Image and feature map with their borders, and the sums that each part takes: of the `part` units of positions that begin at each
 * multiple of that; `unit` says which a position is of.
 * @param {Case} at @param {number} units @param {number} part @param {(n: number, y: number, x: number) => number} unit
 */
function weightSums(at, units, part, unit) {
  const { batch, inputs, outputs, kernel } = at;
  const [height, width] = [Math.ceil(at.height / 2), Math.ceil(at.width / 2)];
  const mapRow = Math.ceil(width / 4);
  const imageRow = 2 * mapRow + 1;
  const image = bordered(at, 2, 2 * height + 3, 4 * imageRow);
  const map = bordered({ ...at, inputs: outputs, height, width }, 0, height, 4 * mapRow, 2);
  const expected = maps(Math.ceil(units / part), outputs * inputs, kernel, kernel, (p, pair, ky, kx) => {
    const [o, i] = [Math.floor(pair / inputs), pair % inputs];
    let sum = 0;
    for (let n = 0; n < batch; n++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          if (Math.floor(unit(n, y, x) / part) === p)
            sum += map.read(n * outputs + o, y, x) * image.read(n * inputs + i, 2 * y + ky - (kernel >> 1), 2 * x + kx - (kernel >> 1));
        }
      }
    }
    return sum;
  });
  return { height, mapRow, imageRow, buffers: [image.image, map.image], expected };
}

/** Each part's sums, over its share of the rows. @param {Case} at @param {number[]} variant @returns {{ job: Job, expected: number[] }} */
function weightGradient(at, [channels = 1, wanted = 1]) {
  const { batch, inputs, outputs, kernel } = at;
  const rows = batch * Math.ceil(at.height / 2);
  const part = Math.ceil(rows / wanted);
  const parts = Math.ceil(rows / part);
  const { height, mapRow, imageRow, buffers, expected } = weightSums(at, rows, part, (n, y) => n * Math.ceil(at.height / 2) + y);
  const sizes = [inputs, outputs, height, mapRow, imageRow, (2 * height + 3) * imageRow, rows, part, parts, 0];
  const constants = { KERNEL: kernel, CHANNELS: channels, WORKGROUP: 64 };
  const places = parts * Math.ceil(outputs / channels) * inputs;
  return { job: { shader: "conv2d_weight", constants, places, perGroup: 64, depth: 1, buffers, sizes, results: expected.length }, expected };
}

/** The same over tiles of two rows of one vec4, or of two samples of one row. @param {Case} at @param {number[]} variant @returns {{ job: Job, expected: number[] }} */
function weightGradientStaged(at, [channels = 1, wanted = 1]) {
  const { batch, inputs, outputs, kernel } = at;
  const [samples, rows] = at.height > 2 ? [1, 2] : [2, 1];
  const down = Math.ceil(Math.ceil(at.height / 2) / rows);
  const across = Math.ceil(Math.ceil(at.width / 2) / 4);
  const tiles = Math.ceil(batch / samples) * down * across;
  const part = Math.ceil(tiles / wanted);
  const parts = Math.ceil(tiles / part);
  const tile = (/** @type {number} */ n, /** @type {number} */ y, /** @type {number} */ x) =>
    (Math.floor(n / samples) * down + Math.floor(y / rows)) * across + Math.floor(x / 4);
  const { height, mapRow, imageRow, buffers, expected } = weightSums(at, tiles, part, tile);
  const sizes = [batch, inputs, outputs, height, mapRow, imageRow, 2 * height + 3, samples, rows, 1, tiles, part, parts, 0];
  const constants = { KERNEL: kernel, CHANNELS: channels, WORKGROUP: 64 };
  const groups = parts * Math.ceil(inputs / 8) * Math.ceil(outputs / 8 / channels);
  return { job: { shader: "conv2d_weight_staged", constants, places: groups, perGroup: 1, depth: 1, buffers, sizes, results: expected.length }, expected };
}

/** @param {number} batch @param {number} channels @param {number} height @param {number} width @param {(n: number, c: number, y: number, x: number) => number} at */
function maps(batch, channels, height, width, at) {
  return Array.from({ length: batch * channels * height * width }, (_, index) => {
    const [x, y, plane] = [index % width, Math.floor(index / width) % height, Math.floor(index / width / height)];
    return at(Math.floor(plane / channels), plane % channels, y, x);
  });
}

describe("shaders", () => {
  const shared = site({ webgpu: true });
  /** @type {import("playwright-core").Page} */ let page;
  before(async () => {
    page = await shared.browser.newPage();
    // A page of this address, so that there is WebGPU, but none that loads a model.
    await page.goto(`${shared.server.address}icons/icon.svg`);
  });

  /** @param {string} name @returns {Promise<string>} */
  const shader = (name) => readFile(new URL(`../../shaders/${name}.wgsl`, import.meta.url), "utf8");

  /** @param {Job} job @param {How} how @returns {Promise<number[]>} */
  async function run(job, { plain = false, subgroups = false }) {
    const text = await shader(job.shader);
    const parts = text.includes("share_of(") ? ["parts/activation", subgroups ? "parts/slices_in_subgroup" : "parts/slices_in_workgroup"] : [];
    if (text.includes("store_row(")) parts.push("parts/taps");
    if (text.includes("maps(")) parts.push(job.constants.CHANNELS === 2 ? "parts/two_maps" : "parts/four_maps");
    const code = [subgroups ? "enable subgroups;" : "", text, ...await Promise.all(parts.map(shader))].join("\n");
    return page.evaluate(async ({ job, code, plain, subgroups }) => {
      // One device for all, and every pipeline once: on an emulated adapter compiling is what takes the time.
      /** @type {{ devices?: Map<boolean, Promise<GPUDevice>>, pipelines?: Map<string, Promise<GPUComputePipeline>> }} */
      const kept = /** @type {any} */ (globalThis);
      kept.devices ??= new Map();
      kept.pipelines ??= new Map();
      const open = async () => {
        const adapter = await navigator.gpu.requestAdapter();
        if (!adapter) throw new Error("no adapter");
        return adapter.requestDevice({ requiredFeatures: subgroups ? ["subgroups"] : [] });
      };
      const opened = kept.devices.get(subgroups) ?? open();
      kept.devices.set(subgroups, opened);
      const device = await opened;
      device.pushErrorScope("validation");
      const name = job.shader + JSON.stringify([subgroups, plain ? {} : job.constants]);
      const module = device.createShaderModule({ code });
      const { messages } = await module.getCompilationInfo();
      const wrong = messages.find(({ type }) => type === "error");
      if (wrong) throw new Error(`${job.shader}, line ${wrong.lineNum - 1}: ${wrong.message}`);
      const made = kept.pipelines.get(name) ?? device.createComputePipelineAsync({
        layout: "auto",
        compute: plain ? { module, entryPoint: job.shader } : { module, entryPoint: job.shader, constants: job.constants },
      });
      kept.pipelines.set(name, made);
      const pipeline = await made;
      /** @param {Float32Array | Uint32Array} values */
      const filled = (values) => {
        const buffer = device.createBuffer({ size: Math.max(16, values.byteLength), usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
        device.queue.writeBuffer(buffer, 0, values.buffer);
        return buffer;
      };
      const results = device.createBuffer({ size: 4 * job.results, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
      const read = device.createBuffer({ size: 4 * job.results, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
      const inputs = job.buffers.map((values) => filled(new Float32Array(values)));
      const entries = [...inputs, results, filled(new Uint32Array(job.sizes))].map((buffer, binding) => ({ binding, resource: { buffer } }));
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
      // In two rows of workgroups, as a dispatch goes on that has too many for one.
      pass.dispatchWorkgroups(Math.ceil(job.places / job.perGroup / 2), 2, job.depth);
      pass.end();
      encoder.copyBufferToBuffer(results, 0, read, 0, 4 * job.results);
      device.queue.submit([encoder.finish()]);
      await read.mapAsync(GPUMapMode.READ);
      const found = [...new Float32Array(read.getMappedRange())];
      const error = await device.popErrorScope();
      if (error) throw new Error(error.message);
      return found;
    }, { job, code, plain, subgroups });
  }

  /** @param {{ job: Job, expected: number[] }} check @param {How} [how] */
  async function agrees({ job, expected }, how = {}) {
    const found = await run(job, how);
    const what = `${job.shader} ${JSON.stringify(job.constants)} ${job.sizes}`;
    assert.equal(found.length, expected.length, what);
    found.forEach((value, index) => {
      const wanted = expected[index] ?? NaN;
      assert.ok(Math.abs(value - wanted) <= ROUNDING, `${what}: at ${index} ${value} instead of ${wanted}`);
    });
  }

  /** @type {Case} */
  const smallest = { batch: 1, inputs: 1, outputs: 1, height: 1, width: 1, kernel: 5, kind: 0 };

  /**
   * Every variant on the smallest case and on one where nothing is even.
   * @param {number[][]} variants
   * @param {(at: Case, variant: number[]) => { job: Job, expected: number[] }} make
   * @param {Partial<Case>} odd
   * @param {How} [how]
   */
  async function all(variants, make, odd, how) {
    for (const [index, variant] of variants.entries()) {
      await agrees(make({ ...smallest, kernel: odd.kernel ?? 5 }, variant), how);
      await agrees(make({ ...smallest, ...odd, kind: index % 3 }, variant), how);
    }
  }

  const halved = { batch: 3, inputs: 5, outputs: 9, height: 7, width: 10 };
  const doubled = { batch: 3, inputs: 18, outputs: 3, height: 5, width: 6 };
  const connected = { batch: 33, inputs: 70, outputs: 6 };
  for (const kernel of [3, 5]) {
    test(`conv2d, kernel ${kernel}`, () => all(VARIANTS.conv2d, convolution, { ...halved, kernel }));
  }
  for (const kernel of [3, 5]) {
    const odd = { batch: 3, inputs: 5, outputs: 11, height: 7, width: 11, kernel };
    test(`conv2d_weight, kernel ${kernel}`, () => all(VARIANTS.conv2d_weight, weightGradient, odd));
    const staged = { ...odd, inputs: 10, outputs: 35 };
    test(`conv2d_weight_staged, kernel ${kernel}`, () => all(VARIANTS.conv2d_weight_staged, weightGradientStaged, staged));
  }
  for (const kernel of [3, 5]) {
    test(`conv_transpose2d, kernel ${kernel}`, () => all(VARIANTS.conv_transpose2d, transposed, { ...doubled, kernel }));
  }
  test("dense", () => all(VARIANTS.dense, dense, connected));

  test("slices that meet in subgroups", async (t) => {
    const lanes = await page.evaluate(async () => {
      const adapter = await navigator.gpu.requestAdapter();
      return adapter?.features.has("subgroups") ? /** @type {any} */ (adapter.info).subgroupMinSize ?? 0 : 0;
    });
    if (lanes < 4) return t.skip("this adapter has no subgroups of four");
    const offered = (/** @type {number[][]} */ variants) => variants.filter(([, slices = 1]) => slices <= lanes);
    const how = { subgroups: true };
    await all(offered(IN_SUBGROUPS.conv2d), convolution, { ...halved, kernel: 5 }, how);
    await all(offered(IN_SUBGROUPS.conv2d), convolution, { ...halved, kernel: 3 }, how);
    await all(offered(IN_SUBGROUPS.conv_transpose2d), transposed, doubled, how);
    await all(offered(IN_SUBGROUPS.dense), dense, connected, how);
  });

  test("the files as they stand, without constants", async () => {
    const at = { batch: 2, inputs: 3, outputs: 5, height: 6, width: 5, kernel: 5, kind: 1 };
    const how = { plain: true };
    await agrees(convolution(at, [8, 1, 64]), how);
    await agrees(transposed(at, [1, 1, 64]), how);
    await agrees(dense(at, [4, 1, 64]), how);
    await agrees(weightGradient(at, [4, 1]), how);
    await agrees(weightGradientStaged(at, [4, 1]), how);
  });
});
