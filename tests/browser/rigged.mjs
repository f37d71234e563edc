// Graphics devices that a test can lose, or keep waiting.

/**
 * Put before the worker's own script: hands its graphics devices to the test, which can then really destroy one, as a
 * driver that crashes does. The page has no such door.
 */
export const DESTROYER = `
const request = globalThis.GPUAdapter?.prototype.requestDevice;
if (request) {
  const channel = new BroadcastChannel("destroy");
  GPUAdapter.prototype.requestDevice = async function (...wanted) {
    const device = await request.apply(this, wanted);
    channel.addEventListener("message", () => device.destroy());
    return device;
  };
}
`;

/** The same: graphics devices get nothing but zeros for whatever is large, weights among it. */
export const FORGETFUL = `
if (globalThis.GPUQueue) {
  const write = GPUQueue.prototype.writeBuffer;
  GPUQueue.prototype.writeBuffer = function (buffer, offset, data, ...part) {
    return write.call(this, buffer, offset, data.byteLength > 4096 ? new Uint8Array(data.byteLength) : data, ...part);
  };
}
`;

/** The same: tells the test whenever a graphics device is asked for. */
export const TELLING = `
const request = globalThis.GPUAdapter?.prototype.requestDevice;
if (request) {
  GPUAdapter.prototype.requestDevice = function (...wanted) {
    new BroadcastChannel("asked").postMessage("for a device");
    return request.apply(this, wanted);
  };
}
`;

/** The same: devices are not there before the test says so. */
export const WAITING = `
const request = globalThis.GPUAdapter?.prototype.requestDevice;
if (request) {
  const told = new Promise((resolve) => {
    new BroadcastChannel("go on").addEventListener("message", resolve, { once: true });
  });
  GPUAdapter.prototype.requestDevice = async function (...wanted) {
    await told;
    return request.apply(this, wanted);
  };
}
`;

/** Before any script of a page or worker: adapters say nothing of themselves, as in Chrome before 127. */
export const NAMELESS = `
if (globalThis.GPUAdapter) delete GPUAdapter.prototype.info;
`;

/** The same: no adapter ever answers. */
export const SILENT = `
if (globalThis.GPU) GPU.prototype.requestAdapter = () => new Promise(() => {});
`;
