// A photo from the camera: the phone's own camera where there is a finger, otherwise a picture of what the camera sees.
import { hook, one, sentence } from "../dom.js";

/** What is asked of the camera; it gives what it has. */
const WANTED = { video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 960 } }, audio: false };

/** @param {(file: File) => void} onPhoto @param {import("../status.js").Status} status */
export function offerCamera(onPhoto, status) {
  const button = hook("camera", HTMLButtonElement);
  const native = hook("camera-input", HTMLInputElement);
  const finger = matchMedia("(pointer: coarse)").matches;
  button.hidden = !finger && !navigator.mediaDevices?.getUserMedia;
  native.addEventListener("change", () => {
    const file = native.files?.[0];
    if (file) onPhoto(file);
    native.value = "";
  });
  button.addEventListener("click", () => (finger ? native.click() : void look(onPhoto, status)));
}

/** @param {(file: File) => void} onPhoto @param {import("../status.js").Status} status */
async function look(onPhoto, status) {
  status.clear();
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia(WANTED);
  } catch (error) {
    return status.alert(refusal(error));
  }
  const dialog = one("#camera-dialog", HTMLDialogElement);
  const video = one("#camera-view", HTMLVideoElement);
  video.srcObject = stream;
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((closed) => dialog.addEventListener("close", () => closed(undefined), { once: true }));
  try {
    if (dialog.returnValue === "take") onPhoto(await shot(video));
  } catch (error) {
    status.alert(sentence(error));
  }
  // The camera's lamp goes out.
  for (const track of stream.getTracks()) track.stop();
  video.srcObject = null;
}

/** @param {HTMLVideoElement} video @returns {Promise<File>} */
async function shot(video) {
  if (!video.videoWidth) throw new Error("The camera has shown nothing yet: try again in a moment.");
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return new File([await canvas.convertToBlob({ type: "image/png" })], "camera.png", { type: "image/png" });
}

/** @param {unknown} error */
function refusal(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return "The camera is not allowed here: allow it beside the page's address, or choose a photo.";
  if (name === "NotFoundError") return "There is no camera on this machine: choose a photo.";
  if (name === "NotReadableError") return "The camera is in use elsewhere: close what uses it, or choose a photo.";
  return `The camera could not be opened (${sentence(error)}): choose a photo.`;
}
