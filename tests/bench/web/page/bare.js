// The least that a page does which runs networks beside its own thread: a worker fetches the weights that the first picture
// needs and answers with pixels, which are painted. No network, no program, no photo: what is below its time, no page reaches.
const worker = new Worker("bare-worker.js", { type: "module" });
const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("canvas"));

const cold = new Promise((resolve, reject) => {
  worker.addEventListener("error", ({ message }) => reject(new Error(message)));
  worker.addEventListener("message", ({ data }) => {
    canvas.getContext("2d")?.putImageData(new ImageData(data, canvas.width), 0, 0);
    resolve(performance.now());
  });
});
Object.assign(globalThis, { bench: { cold } });
cold.catch(() => {});
