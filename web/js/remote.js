// A worker, seen from the page: a request is a promise, which is rejected when the worker can no longer answer.

/** The worker ended (device lost, program stopped, closed by us) before it answered. */
export class WorkerGone extends Error {
  /** Whether it was at this request: others only waited behind it. */ atWork;

  /** @param {string} reason @param {boolean} [atWork] */
  constructor(reason, atWork = false) {
    super(reason);
    this.atWork = atWork;
  }
}

/** @typedef {Remote<import("./worker.js").Requests>} ModelWorker */
/** @typedef {Remote<import("./workshop/worker.js").Requests>} WorkshopWorker */

/** @returns {ModelWorker} a worker of the first program: it runs a model */
export const modelWorker = () => new Remote(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }));

/** @template {Record<string, (...args: any[]) => any>} Requests  the worker's table */
export class Remote {
  #worker;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */ #waiting = new Map();
  #nextId = 1;
  #gone = "";
  /** @type {(end: import("./protocol.js").End, reason: string) => void} called once, at most */ onGone = () => {};
  /** @type {(news: any) => void} hears what nobody asked for */ onNews = () => {};

  /** @param {Worker} worker begun where its address is written out: bundlers look for that */
  constructor(worker) {
    this.#worker = worker;
    this.#worker.addEventListener("message", (event) => this.#hear(event.data));
    this.#worker.addEventListener("error", (event) => this.#end("stopped", event.message || "the worker's program could not be loaded"));
  }

  /**
   * Asks the worker for one line of its table.
   * @template {keyof Requests & string} Name
   * @param {Name} name
   * @param {Parameters<Requests[Name]>} args
   * @returns {Promise<Awaited<ReturnType<Requests[Name]>>>}
   */
  ask(name, ...args) {
    if (this.#gone) return Promise.reject(new WorkerGone(this.#gone));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      // A canvas cannot be copied, only handed over.
      this.#worker.postMessage({ id, name, args }, args.filter((one) => one instanceof OffscreenCanvas));
    });
  }

  close() {
    this.onGone = () => {};
    this.#end("stopped", "closed");
  }

  /** @param {import("./protocol.js").Message} message */
  #hear(message) {
    if ("end" in message) return this.#end(message.end, message.reason);
    if ("news" in message) return this.onNews(message.news);
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ("error" in message) waiting?.reject(new Error(message.error));
    else waiting?.resolve(message.value);
  }

  /** @param {import("./protocol.js").End} end @param {string} reason */
  #end(end, reason) {
    if (this.#gone) return;
    this.#gone = reason;
    this.#worker.terminate();
    this.onGone(end, reason);
    // Requests are answered in their order.
    let first = true;
    for (const { reject } of this.#waiting.values()) {
      reject(new WorkerGone(reason, first));
      first = false;
    }
    this.#waiting.clear();
  }
}
