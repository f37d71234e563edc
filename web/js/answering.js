// A worker's side of remote.js: requests are answered one after the other, each with its id.

/** @param {import("./protocol.js").Message} message @param {Transferable[]} [transfer] */
export function send(message, transfer = []) {
  self.postMessage(message, { transfer });
}

/** The last of the work so far: a session must not be entered twice. */
let queue = Promise.resolve();

/**
 * Runs `work` when everything before it is done.
 * @param {() => Promise<void>} work
 * @param {(error: string) => void} failed  gets what went wrong, unless nothing can be answered any more
 */
export function enqueue(work, failed) {
  queue = queue.then(async () => {
    try {
      await work();
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      // After a failed device, and after a trap, which leaves the program's memory unusable, no request can be answered
      // any more. Any other error is about this request alone.
      if (name === "DeviceError") send({ end: "lost", reason: message });
      else if (error instanceof WebAssembly.RuntimeError) send({ end: "stopped", reason: message });
      else failed(message);
    }
  });
}

/** Answers whatever the page asks from now on. @param {Record<string, (...args: any[]) => any>} requests by name */
export function answer(requests) {
  self.addEventListener("message", (/** @type {MessageEvent<import("./protocol.js").Question>} */ event) => {
    const { id, name, args } = event.data;
    enqueue(async () => send({ id, value: await requests[name]?.(...args) }), (error) => send({ id, error }));
  });
  // A trap inside a promise never settles that promise; it surfaces here.
  self.addEventListener("unhandledrejection", (event) => {
    send({ end: "stopped", reason: String(event.reason?.message ?? event.reason) });
  });
}
