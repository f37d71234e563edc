// What wasm-bindgen writes to dist/wasm/web.js, as far as the worker uses it.
declare module "*/wasm/web.js" {
  export default function init(options: { module_or_path: WebAssembly.Module }): Promise<{ memory: WebAssembly.Memory }>;
  export class Session {
    static open(device: "webgpu" | "cpu"): Promise<Session>;
    onLost(callback: (reason: string) => void): void;
    prepare(json: Uint8Array): void;
    load(modelJson: Uint8Array, files: [string, Uint8Array][]): void;
    tune(now: () => number): Promise<number>;
    reconstruct(photo: Uint8Array, view?: Float64Array): Promise<object>;
    encode(photo: Uint8Array): Promise<Float32Array>;
    shift(code: Float32Array, amounts: Float32Array): Float32Array;
    sample(seed: number, count: number): Promise<object>;
    decode(codes: Float32Array, scores: boolean): Promise<{ images: Uint8ClampedArray[]; scores: Float32Array }>;
    readonly draws: boolean;
    attachCanvas(canvas: OffscreenCanvas): number;
    detachCanvas(canvas: number): void;
    show(canvas: number, codes: Float32Array, columns: number): Promise<void>;
    refineBegin(original: Uint8ClampedArray, latent: Float32Array, features: [Uint8Array, Uint8Array] | []): void;
    refineSteps(count: number): Promise<object>;
  }
  export class GifAnimation {
    constructor(side: number, factor: number, delay: number);
    push(rgba: Uint8ClampedArray): void;
    finish(): Uint8Array;
    free(): void;
  }
  export function walkCodes(stops: Float32Array, latent: number, way: string, pace: string, closed: boolean, steps: number): Float32Array;
  export function mixCodes(corners: Float32Array, across: number, down: number): Float32Array;
  export function transferCode(code: Float32Array, from: Float32Array, to: Float32Array, amount: number): Float32Array;
  export class TrainingSession {
    static open(device: "webgpu" | "cpu"): Promise<TrainingSession>;
    onLost(callback: (reason: string) => void): void;
    begin(settings: string, kind: string, files: [string, Uint8Array][], features: [Uint8Array, Uint8Array] | [], pictures: Uint8Array): void;
    steps(count: number, imagesPerSecond: number): Promise<{ step: number; losses: Float32Array; warning: string; failure: string; deviceBytes: number; deviceUsed: number }>;
    show(): Promise<{ samples: Uint8ClampedArray[]; originals: Uint8ClampedArray[]; reconstructions: Uint8ClampedArray[] }>;
    snapshot(): Promise<[string, Uint8Array<ArrayBuffer>][] | undefined>;
    export(what: string): Promise<[string, Uint8Array][]>;
  }
  export function preparePicture(photo: Uint8Array, fit: string): Uint8Array;
  export function drawnPictures(first: number, count: number): Uint8Array;
  export function packArchive(files: [string, Uint8Array][]): Uint8Array;
  export function unpackArchive(archive: Uint8Array): [string, Uint8Array][];
  export function modelOfRun(config: Uint8Array, checkpoint: [string, Uint8Array][]): Promise<[string, Uint8Array][]>;
  export function presets(): { name: string; l1: number; l2: number; l3: number }[];
  export function drawnOutfit(seed: number): { png: Uint8Array; label: string };
}
