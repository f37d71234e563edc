// What all contestants are given: the same numbers, made in the page.

const SIDE = 64;
const PLANE = SIDE * SIDE;
const LATENT = 100;
/** The paper's dropout keeps four of five values. */
const KEEP = 0.8;

/** Uniform numbers in [0, 1) from a seed (mulberry32). @param {number} seed */
function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Pictures `[count, 3, 64, 64]` in [-1, 1]: waves and some noise, all different. @param {number} count */
export function pictures(count) {
  const next = uniform(1);
  const values = new Float32Array(count * 3 * PLANE);
  for (let plane = 0; plane < 3 * count; plane++) {
    const [across, down, phase] = [next() / 4, next() / 4, next() * 6];
    for (let i = 0; i < PLANE; i++) {
      const wave = Math.sin(across * (i % SIDE) + down * Math.floor(i / SIDE) + phase);
      values[plane * PLANE + i] = 0.8 * wave + 0.2 * (2 * next() - 1);
    }
  }
  return values;
}

/** Codes `[count, 100]`, uniform on [-1, 1]. @param {number} count */
export function codes(count) {
  const next = uniform(2);
  return Float32Array.from({ length: count * LATENT }, () => 2 * next() - 1);
}

/** Dropout factors of D's four looks, three layers each. @param {number} batch @param {number} width */
export function factors(batch, width) {
  const next = uniform(3);
  return Float32Array.from({ length: 4 * batch * 16 * width }, () => (next() < KEEP ? 1 / KEEP : 0));
}

/** @param {Float32Array} planes `[n, 3, 64, 64]` to `[n, 64, 64, 3]` */
export function toChannelsLast(planes) {
  return planes.map((_, i) => {
    const [picture, pixel, channel] = [Math.floor(i / (3 * PLANE)), Math.floor(i / 3) % PLANE, i % 3];
    return planes[(3 * picture + channel) * PLANE + pixel] ?? NaN;
  });
}

/** @param {Float32Array} pixels `[n, 64, 64, 3]` to `[n, 3, 64, 64]` */
export function toChannelsFirst(pixels) {
  return pixels.map((_, i) => {
    const [picture, channel, pixel] = [Math.floor(i / (3 * PLANE)), Math.floor(i / PLANE) % 3, i % PLANE];
    return pixels[(picture * PLANE + pixel) * 3 + channel] ?? NaN;
  });
}
