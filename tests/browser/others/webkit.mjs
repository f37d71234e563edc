// WebKit as GTK's small browser has it, by WebDriver, on a screen that nobody sees.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { PATIENCE, until } from "../visit.mjs";

const driver = process.env.WEBKIT_DRIVER ?? "/usr/bin/WebKitWebDriver";
const screen = "/usr/bin/Xvfb";
/** How WebDriver names what refers to an element. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
/** How it names keys. @type {Record<import("./tab.js").Key, string>} */
const KEYS = { ArrowRight: "\ue014", Enter: "\ue007" };

/** @type {import("./tab.js").Browser} */
export const webkit = {
  name: "WebKit",
  absent: !(existsSync(driver) && existsSync(screen)) && "needs WebKitGTK's WebDriver and Xvfb: install webkit2gtk-driver and xvfb, or name the driver in WEBKIT_DRIVER",
  async open(folder) {
    const display = await drawnNowhere();
    // It saves into the folder that the desktop's settings name.
    const settings = join(folder, "settings");
    await mkdir(settings, { recursive: true });
    await writeFile(join(settings, "user-dirs.dirs"), `XDG_DOWNLOAD_DIR="${folder}"\n`);
    const port = await freePort();
    const server = spawn(driver, [`--port=${port}`], {
      stdio: "ignore",
      env: { ...process.env, DISPLAY: display.name, GDK_BACKEND: "x11", HOME: folder, XDG_CONFIG_HOME: settings },
    });
    const session = new Session(`http://127.0.0.1:${port}`);
    const end = async () => {
      server.kill();
      display.end();
    };
    try {
      await session.begin();
    } catch (error) {
      await end();
      throw error;
    }
    return new WebKitTab(session, end);
  },
};

/** An X server of its own; it takes the first number that is free. @returns {Promise<{ name: string, end: () => void }>} */
async function drawnNowhere() {
  const server = spawn(screen, ["-displayfd", "3", "-screen", "0", "1280x1000x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const number = await new Promise((resolve, reject) => {
    server.stdio[3]?.once("data", (said) => resolve(String(said).trim()));
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`Xvfb ended with ${code}`)));
  });
  return { name: `:${number}`, end: () => void server.kill() };
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/** A session of the driver. */
class Session {
  #server;
  #id = "";

  /** @param {string} server its address */
  constructor(server) {
    this.#server = server;
  }

  async begin() {
    const answers = () => fetch(`${this.#server}/status`).then(({ ok }) => ok, () => false);
    await until(answers, (ok) => ok, "WebKit's driver never answers");
    const { sessionId } = await this.#send("POST", "/session", { capabilities: {} });
    this.#id = sessionId;
    await this.ask("/timeouts", { script: PATIENCE });
    await this.ask("/window/rect", { x: 0, y: 0, width: 1280, height: 1000 });
  }

  /** @param {string} what @param {object} body @returns {Promise<any>} */
  ask(what, body) {
    return this.#send("POST", `/session/${this.#id}${what}`, body);
  }

  end() {
    return this.#send("DELETE", `/session/${this.#id}`);
  }

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async #send(method, path, body) {
    const answer = await fetch(this.#server + path, { method, ...(body && { body: JSON.stringify(body) }) });
    const { value } = /** @type {any} */ (await answer.json());
    if (!answer.ok) throw new Error(`${path}: ${value?.error}: ${value?.message}`);
    return value;
  }
}

/** @typedef {import("./tab.js").Tab} Tab @implements {Tab} */
class WebKitTab {
  #session;
  #end;

  /** @param {Session} session @param {() => Promise<void>} end */
  constructor(session, end) {
    this.#session = session;
    this.#end = end;
  }

  /** @param {string} url */
  goto(url) {
    return this.#session.ask("/url", { url });
  }

  /** @type {import("./tab.js").Tab["evaluate"]} */
  async evaluate(act, ...given) {
    const script = `const told = arguments[arguments.length - 1];
      Promise.resolve().then(() => (${act})(...arguments[0])).then((value) => told({ value }), (error) => told({ error: String(error) }));`;
    const { value, error } = await this.#session.ask("/execute/async", { script, args: [given] });
    if (error) throw new Error(error);
    return value;
  }

  /** @param {string} selector */
  async click(selector) {
    await this.#session.ask(`/element/${await this.#find(selector)}/click`, {});
  }

  /** @param {string} selector @param {import("./tab.js").Key} key */
  async press(selector, key) {
    await this.#session.ask(`/element/${await this.#find(selector)}/value`, { text: KEYS[key] });
  }

  /** @param {string} selector @param {[number, number][]} places */
  async draw(selector, places) {
    const box = await this.evaluate((selector) => {
      const canvas = document.querySelector(selector);
      canvas?.scrollIntoView({ block: "center", behavior: "instant" });
      const { x = 0, y = 0, width = 0, height = 0 } = canvas?.getBoundingClientRect() ?? {};
      return { x, y, width, height };
    }, selector);
    const moves = places.map(([right, down]) => ({ type: "pointerMove", duration: 50, x: Math.round(box.x + right * box.width), y: Math.round(box.y + down * box.height) }));
    const [first, ...others] = moves;
    const actions = [first, { type: "pointerDown", button: 0 }, ...others, { type: "pointerUp", button: 0 }];
    await this.#session.ask("/actions", { actions: [{ type: "pointer", id: "mouse", actions }] });
  }

  /** @param {string} selector @param {string[]} paths */
  async files(selector, paths) {
    await this.#session.ask(`/element/${await this.#find(selector)}/value`, { text: paths.join("\n") });
  }

  async close() {
    await this.#session.end();
    await this.#end();
  }

  /** @param {string} selector @returns {Promise<string>} what the driver calls the element */
  async #find(selector) {
    const found = await this.#session.ask("/element", { using: "css selector", value: selector });
    return found[ELEMENT];
  }
}
