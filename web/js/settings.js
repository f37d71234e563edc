// The address's settings: ?device=auto|webgpu|cpu and ?model=DIRECTORY.

/** @typedef {"auto" | "webgpu" | "cpu"} WantedDevice */

/** The page's own model. */
export const OWN_MODEL = new URL("weights/", location.href);

/**
 * Reads the settings; what cannot be used is left at its default, and `complaint` says why.
 * @param {string} address the page's address
 * @returns {{ device: WantedDevice, model: URL, complaint: string }}
 */
export function readSettings(address) {
  const page = new URL(address);
  const model = OWN_MODEL;
  const device = page.searchParams.get("device") ?? "auto";
  const wantedModel = page.searchParams.get("model");
  if (device !== "auto" && device !== "webgpu" && device !== "cpu") {
    return { device: "auto", model, complaint: `?device=${device} is not a device: use auto, webgpu or cpu.` };
  }
  if (!wantedModel) return { device, model, complaint: "" };
  const directory = modelDirectory(wantedModel, page);
  if (!directory) {
    // The page's security policy (connect-src 'self') lets it read from its own address only.
    const complaint = `?model=${wantedModel} is not on ${page.origin}: the page reads models from its own address only, so copy the model directory there.`;
    return { device, model, complaint };
  }
  return { device, model: directory, complaint: "" };
}

/**
 * @param {string} wanted
 * @param {URL} page
 * @returns {URL | null} the directory's address with a slash at its end, or null when it is not the page's own
 */
function modelDirectory(wanted, page) {
  if (!URL.canParse(wanted, page.href)) return null;
  const directory = new URL(wanted, page);
  if (directory.origin !== page.origin) return null;
  // Who names the description means the directory that it is in.
  directory.pathname = directory.pathname.replace(/\/model\.json$/, "/");
  directory.search = "";
  directory.hash = "";
  if (!directory.pathname.endsWith("/")) directory.pathname += "/";
  return directory;
}
