// Graphics devices that a test can lose.

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
