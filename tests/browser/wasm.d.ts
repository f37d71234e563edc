// What wasm-bindgen writes to dist/wasm/web.js, as far as the worker uses it.
declare module "*/wasm/web.js" {
  export default function init(options: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  export class Session {
    static open(device: "webgpu" | "cpu"): Promise<Session>;
    onLost(callback: (reason: string) => void): void;
    load(modelJson: Uint8Array, files: [string, Uint8Array][]): void;
    reconstruct(photo: Uint8Array): Promise<object>;
    sample(seed: number, count: number): Promise<object>;
  }
  export function drawnOutfit(seed: number): { png: Uint8Array; label: string };
}
