// Graphics adapters as browsers have them: some never answer, and Chrome before 127 does not say what they are.

/** Long for any driver, in ms; nobody waits for it but the line that says which device is used. */
const PATIENCE = 8_000;

/** An adapter that has not answered in time. */
export const SILENT = Symbol("silent");

/** @returns {Promise<GPUAdapter | null | typeof SILENT>} null where the browser has none */
export async function graphicsAdapter() {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Promise<typeof SILENT>} */
  const late = new Promise((resolve) => { timer = setTimeout(() => resolve(SILENT), PATIENCE); });
  try {
    return (await Promise.race([navigator.gpu?.requestAdapter(), late])) ?? null;
  } catch {
    return null; // a browser that blocks the adapter by throwing offers none
  } finally {
    clearTimeout(timer);
  }
}

/** What browsers give away of it, for example "google swiftshader". @param {GPUAdapter} adapter @returns {string} */
export function adapterName({ info }) {
  return info?.description || [info?.vendor, info?.architecture].filter(Boolean).join(" ") || "WebGPU";
}

const EMULATORS = /swiftshader|llvmpipe|lavapipe|basic render/i;

/** Whether it is emulated on the processor. @param {GPUAdapter} adapter */
export function isEmulated(adapter) {
  const told = /** @type {{ isFallbackAdapter?: boolean }} */ (adapter.info ?? {}).isFallbackAdapter ?? /** @type {{ isFallbackAdapter?: boolean }} */ (adapter).isFallbackAdapter;
  return told === true || EMULATORS.test(adapterName(adapter));
}

/**
 * In a worker, before its program asks for an adapter: an adapter that says nothing of itself gets what the program reads, empty;
 * one that says itself whether it is emulated, as browsers did before 2025, says so where the program looks.
 */
export function completeAdapters() {
  const adapters = globalThis.GPUAdapter?.prototype;
  if (!adapters) return;
  const told = Object.getOwnPropertyDescriptor(adapters, "info")?.get;
  if (told) {
    if (!("isFallbackAdapter" in adapters) || "isFallbackAdapter" in (globalThis.GPUAdapterInfo?.prototype ?? {})) return;
    Object.defineProperty(adapters, "info", {
      /** @this {{ isFallbackAdapter: boolean }} */
      get() { return Object.defineProperty(told.call(this), "isFallbackAdapter", { value: this.isFallbackAdapter, configurable: true }); },
    });
    return;
  }
  Object.defineProperty(adapters, "info", { get: () => ({ vendor: "", architecture: "", device: "", description: "", subgroupMinSize: 4, subgroupMaxSize: 128, isFallbackAdapter: false }) });
}
