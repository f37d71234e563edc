// The types of `import { load } from "stylewalk"`.

/** Where a model computes. "auto" begins on the CPU, and moves to the graphics adapter if that is measured to be faster. */
export type Device = "auto" | "cpu" | "webgpu";

export interface LoadOptions {
  /** "auto" if left out. Where WebGPU cannot be used, the CPU is taken. */
  device?: Device;
  /** Stops the loading: `load` is rejected with its reason. */
  signal?: AbortSignal;
}

/** A code, as many numbers as `Model.latent` says, and the picture that the generator makes of it; 64 by 64 pixels, unless its model says otherwise. */
export interface Picture {
  code: Float32Array;
  picture: ImageData;
}

export interface Reconstruction {
  /** The photo as the model sees it; 64 by 64 pixels, unless its model says otherwise. */
  original: ImageData;
  /** What the generator makes of the code; 64 by 64 pixels, unless its model says otherwise. */
  reconstruction: ImageData;
  /** What the encoder makes of the photo. */
  code: Float32Array;
  /** How alike both pictures are, in dB; infinity where they are equal. */
  psnr: number;
  /** Whether the garment was cut out of the photo and laid on white; only some models do that. */
  cutOut: boolean;
}

/** Codes: some, or several one after the other in one array. */
export type Codes = Float32Array | readonly Float32Array[];

/**
 * A model in a worker: the page's own thread computes nothing. Requests are answered one after the other. What fails is
 * rejected with an `Error` whose message is one sentence.
 */
export interface Model {
  /** The device that answers now. */
  readonly device: "cpu" | "webgpu";
  /** Numbers of one code. */
  readonly latent: number;
  /** A photo (JPEG, PNG, WebP, or what else the browser decodes) to its code, and back. */
  reconstruct(photo: Blob): Promise<Reconstruction>;
  /** A photo to its code. */
  encode(photo: Blob): Promise<Float32Array>;
  /** Codes to pictures. */
  decode(codes: Codes): Promise<ImageData[]>;
  /**
   * Pictures that nobody took, at most 1024; the same for the same seed (0 to 2^32 - 1), at random if left out. They are like
   * the photographs that the model was trained on where it knows those codes' distribution, otherwise of uniform codes.
   */
  sample(count: number, options?: { seed?: number }): Promise<Picture[]>;
  /** From each code to the next in so many steps (1 to 1024), the first and the last code included. */
  walk(codes: Codes, steps: number): Promise<Picture[]>;
  /** Ends the workers and frees their memory. What was asked and not yet answered is rejected. */
  close(): Promise<void>;
}

/** Loads the model in the directory at `url`, relative to the document: `model.json` and the files that it names. */
export function load(url: string | URL, options?: LoadOptions): Promise<Model>;
