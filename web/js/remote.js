// A worker seen from the page: requests are promises, and one that can no longer be answered is rejected.

/** The worker ended (device lost, program stopped, closed by us) before it answered. */
export class WorkerGone extends Error {}

/** The answer did not come within the time allowed. */
export class TooSlow extends Error {}

export class Remote {
  /** @type {Worker} */ #worker;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */ #waiting = new Map();
  #nextId = 1;
  #gone = "";
  /** @type {(news: "lost" | "stopped", reason: string) => void} called once, at most */ onGone = () => {};

  /** @type {(report: import("./protocol.js").TrainingNews) => void} what a training tells of itself */ onTraining = () => {};

  /** @param {string} script the worker's, beside this module */
  constructor(script = "./worker.js") {
    this.#worker = new Worker(new URL(script, import.meta.url), { type: "module" });
    this.#worker.addEventListener("message", (event) => this.#hear(event.data));
    this.#worker.addEventListener("error", (event) => this.#end("stopped", event.message || "the worker's program could not be loaded"));
  }

  /**
   * @param {import("./protocol.js").Request | import("./protocol.js").TrainingRequest} request
   * @param {number} [limit] milliseconds after which the answer is no longer awaited
   * @param {Transferable[]} [transfer] what of the request is handed over for good
   * @returns {Promise<any>}
   */
  ask(request, limit, transfer = []) {
    if (this.#gone) return Promise.reject(new WorkerGone(this.#gone));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = limit === undefined ? undefined : setTimeout(() => reject(new TooSlow(`no answer within ${limit} ms`)), limit);
      this.#waiting.set(id, {
        resolve: (value) => { clearTimeout(timer); resolve(value); },
        reject: (error) => { clearTimeout(timer); reject(error); },
      });
      this.#worker.postMessage({ id, request }, transfer);
    });
  }

  close() {
    this.onGone = () => {};
    this.#end("stopped", "closed");
  }

  /** @param {import("./protocol.js").Message} message */
  #hear(message) {
    if ("news" in message) return message.news === "training" ? this.onTraining(message.told) : this.#end(message.news, message.reason);
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ("error" in message) waiting?.reject(new Error(message.error));
    else waiting?.resolve(message.value);
  }

  /** @param {"lost" | "stopped"} news @param {string} reason */
  #end(news, reason) {
    if (this.#gone) return;
    this.#gone = reason;
    this.#worker.terminate();
    this.onGone(news, reason);
    for (const { reject } of this.#waiting.values()) reject(new WorkerGone(reason));
    this.#waiting.clear();
  }
}
