// What the benchmark's pages import by address, and what its driver calls there.
declare module "*/wasm/benchmark.js" {
  export default function init(options: { module_or_path: string }): Promise<unknown>;
  export class Contestant {
    static open(device: string): Promise<Contestant>;
    prepare(card: Uint8Array): void;
    load(card: Uint8Array, files: [string, Uint8Array][]): Promise<void>;
    reconstruct(pictures: Float32Array): Promise<Float32Array>;
    generate(codes: Float32Array): Promise<Float32Array>;
  }
}
declare module "*/wasm/plain.js" {
  export default function init(options: { module_or_path: string }): Promise<unknown>;
  export class Contestant {
    static open(width: number, files: [string, Uint8Array][]): Promise<Contestant>;
    reconstruct(pictures: Float32Array): Promise<Float32Array>;
    generate(codes: Float32Array): Promise<Float32Array>;
  }
}
declare module "*/wasm/training.js" {
  export default function init(options: { module_or_path: string }): Promise<unknown>;
  class Training {
    step(pictures: Float32Array, codes: Float32Array, factors: Float32Array): Promise<Float32Array>;
  }
  export class Ours extends Training {
    static open(device: string, card: Uint8Array, files: [string, Uint8Array][]): Promise<Ours>;
  }
  export class Plain extends Training {
    static open(width: number, files: [string, Uint8Array][]): Promise<Plain>;
  }
}
declare module "*/wasm/roof.js" {
  export default function init(options: { module_or_path: string }): Promise<unknown>;
  export function roof(device: string, width: number, batch: number, runs: number, least: number): Promise<string[]>;
}
declare module "*/ort.webgpu.bundle.min.mjs" {
  export * from "onnxruntime-web";
}
declare module "*/ort.wasm.bundle.min.mjs" {
  export * from "onnxruntime-web";
}
declare const bench: {
  ready(): Promise<void>;
  time(kind: import("./page/page.js").Kind, count: number): Promise<number>;
  values(kind: import("./page/page.js").Kind, count: number): Promise<number[]>;
  cold?: Promise<number>;
};
