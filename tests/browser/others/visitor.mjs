// What a visitor does with the page in any browser, by its hooks.
import assert from "node:assert/strict";
import { by, until } from "../visit.mjs";

/** @typedef {import("./tab.js").Tab} Tab */

export class Visitor {
  /** @param {Tab} tab */
  constructor(tab) {
    this.tab = tab;
  }

  /** @param {string} address of the page */
  async open(address) {
    // The same page at another place behind the # would not be loaded again.
    await this.tab.goto("about:blank");
    await this.tab.goto(address);
    await this.tab.evaluate(() => {
      const errors = /** @type {string[]} */ ([]);
      addEventListener("error", ({ message }) => errors.push(message));
      addEventListener("unhandledrejection", ({ reason }) => errors.push(String(reason)));
      Object.assign(window, { errors });
    });
  }

  /** Opens the page, and waits until its model's first samples show. @param {string} address */
  async arrive(address) {
    await this.open(address);
    await until(() => this.count(`${by("samples")} li`), (many) => many > 0, "samples never show");
  }

  /** @returns {Promise<string[]>} what was thrown and not caught since the page came */
  errors() {
    return this.tab.evaluate(() => /** @type {any} */ (window).errors);
  }

  /** @param {string} hook */
  click(hook) {
    return this.tab.click(by(hook));
  }

  /** @param {string} selector @returns {Promise<number>} */
  count(selector) {
    return this.tab.evaluate((selector) => document.querySelectorAll(selector).length, selector);
  }

  /** @param {string} selector @param {string} name @returns {Promise<string>} "" where it has none */
  attribute(selector, name) {
    return this.tab.evaluate((selector, name) => document.querySelector(selector)?.getAttribute(name) ?? "", selector, name);
  }

  /** @param {string} hook @returns {Promise<string>} */
  text(hook) {
    return this.tab.evaluate((selector) => document.querySelector(selector)?.textContent?.trim() ?? "", by(hook));
  }

  /** @param {string} hook @returns {Promise<string>} what stands in a field */
  value(hook) {
    return this.tab.evaluate((selector) => /** @type {HTMLInputElement | null} */ (document.querySelector(selector))?.value ?? "", by(hook));
  }

  /** Sets a field as its own widget would, which drivers cannot move alike. @param {string} hook @param {string} value */
  fill(hook, value) {
    return this.tab.evaluate((selector, value) => {
      const field = /** @type {HTMLInputElement} */ (document.querySelector(selector));
      field.value = value;
      for (const event of ["input", "change"]) field.dispatchEvent(new Event(event, { bubbles: true }));
    }, by(hook), value);
  }

  /** @param {string} hook @param {RegExp} expected */
  tells(hook, expected) {
    return until(() => this.text(hook), (text) => expected.test(text), `${hook} never says ${expected}`);
  }

  /** Stops what a button has begun, if it has not ended meanwhile. @param {string} hook @param {string} idle what the button says where nothing goes on */
  async stops(hook, idle) {
    await this.tab.evaluate((selector, idle) => {
      const button = /** @type {HTMLButtonElement} */ (document.querySelector(selector));
      if (button.textContent !== idle) button.click();
    }, by(hook), idle);
    await this.tells(hook, new RegExp(`^${idle}$`));
  }

  /** @param {number} many */
  pinned(many) {
    return until(() => this.count(`${by("pins")} .pin`), (now) => now === many, `there are never ${many} pins`);
  }

  /** What is seen on a canvas. @param {string} selector @returns {Promise<number[]>} RGBA of 64x64 pixels */
  async picture(selector) {
    const base64 = await this.tab.evaluate((selector) => {
      const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(64, 64).getContext("2d"));
      pen.drawImage(/** @type {HTMLCanvasElement} */ (document.querySelector(selector)), 0, 0, 64, 64);
      return btoa(String.fromCharCode(...pen.getImageData(0, 0, 64, 64).data));
    }, selector);
    return [...Buffer.from(base64, "base64")];
  }

  /** Does something that changes a picture, and waits for the other one. @param {string} selector @param {() => Promise<unknown>} act */
  async changes(selector, act) {
    const before = String(await this.picture(selector));
    await act();
    return until(() => this.picture(selector), (now) => String(now) !== before, `${selector} never changes`);
  }

  /** Does something that shows a photo, and waits until it is rebuilt. @param {() => Promise<unknown>} act */
  async rebuilds(act) {
    const made = () => this.attribute(by("reconstruction"), "data-made");
    const before = await made();
    await act();
    await until(made, (now) => now !== before, "no photo is rebuilt");
    await this.tells("score", /^\d{1,3}%$/);
    assert.match(await this.text("psnr"), /^-?\d+\.\d\sdB$/);
    return { original: await this.picture(by("original")), reconstruction: await this.picture(by("reconstruction")) };
  }

  /** Lets a file go over a place of the page. No driver moves files from outside of the browser. @param {string} hook @param {{ name: string, type: string, bytes: Buffer }} file */
  drop(hook, { name, type, bytes }) {
    return this.tab.evaluate((selector, name, type, base64) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type }));
      const target = document.querySelector(selector);
      for (const event of ["dragenter", "dragover", "drop"]) target?.dispatchEvent(new DragEvent(event, { dataTransfer, bubbles: true, composed: true, cancelable: true }));
    }, by(hook), name, type, bytes.toString("base64"));
  }
}
