// Many moments of kept.mjs, for `cargo xtask kill`: node kept-campaign.mjs --moments 20 --seed 0
import { parseArgs } from "node:util";
import { ended } from "./kept.mjs";

const { values } = parseArgs({ options: { moments: { type: "string", default: "20" }, seed: { type: "string", default: "0" } } });
let state = Number(values.seed);
const { took } = await ended(Infinity);
/** @type {Record<string, number>} */
const outcomes = { whole: 0, told: 0, nothing: 0 };
let failed = 0;
for (let tried = 0; tried < Number(values.moments); tried++) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  const moment = Math.round((took * state) / 2 ** 32);
  try {
    const { outcome } = await ended(moment);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  } catch (error) {
    failed++;
    console.log(`ended after ${moment} ms: ${error instanceof Error ? error.message : error}`);
  }
}
console.log(`the page kept for use without a network, ended ${values.moments} times in its first ${took} ms: ${outcomes.whole} whole, ${outcomes.told} with a sentence, ${outcomes.nothing} not there yet, ${failed} half`);
process.exitCode = failed > 0 ? 1 : 0;
