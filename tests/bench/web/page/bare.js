// The least that a page does which runs networks beside its own thread: a worker fetches the weights that the first picture
// needs and answers with pixels, which are painted. No network, no program, no photo: what is below its time, no page reaches.
const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("canvas"));

/** Milliseconds from the navigation to the picture. @returns {Promise<number>} */
function painted() {
  const fetching = new Worker("bare-worker.js", { type: "module" });
  return new Promise((resolve, reject) => {
    fetching.onerror = ({ message }) => reject(new Error(message));
    fetching.onmessage = ({ data }) => {
      canvas.getContext("2d")?.putImageData(new ImageData(data, canvas.width), 0, 0);
      resolve(performance.now());
    };
  });
}

const bench = { cold: painted() };
Object.assign(globalThis, { bench });
// The driver reads the failure.
bench.cold.catch(() => {});

export {};
