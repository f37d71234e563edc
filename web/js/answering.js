// A worker's side of the protocol: requests are answered one after the other, each with its id.

/** @param {import("./protocol.js").Message} message @param {Transferable[]} [transfer] */
export function tell(message, transfer = []) {
  self.postMessage(message, { transfer });
}

/** What runs does so one after the other: a session is not to be entered twice. */
let queue = Promise.resolve();

/**
 * Runs `work` when everything before it is done.
 * @param {() => Promise<void>} work
 * @param {(error: string) => void} failed  is told what went wrong, unless nothing can be answered any more
 */
export function enqueue(work, failed) {
  queue = queue.then(async () => {
    try {
      await work();
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      // Told apart from an error about the request: a device that failed, and a trap of the program, whose memory is
      // then unusable. Neither can answer again.
      if (name === "DeviceError") tell({ news: "lost", reason: message });
      else if (error instanceof WebAssembly.RuntimeError) tell({ news: "stopped", reason: message });
      else failed(message);
    }
  });
}

/**
 * Answers all requests from now on.
 * @template Request
 * @param {(request: Request) => Promise<any>} answer
 */
export function answerRequests(answer) {
  self.addEventListener("message", (/** @type {MessageEvent<{ id: number, request: Request }>} */ event) => {
    const { id, request } = event.data;
    enqueue(async () => tell({ id, value: await answer(request) }), (error) => tell({ id, error }));
  });
  // A trap inside a promise never settles that promise; it surfaces here.
  self.addEventListener("unhandledrejection", (event) => {
    tell({ news: "stopped", reason: String(event.reason?.message ?? event.reason) });
  });
}
