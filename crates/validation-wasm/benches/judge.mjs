// How long the page takes to judge 10,000 entries: the median and the least of many runs, good entries and bad ones.
// Run: node crates/validation-wasm/benches/judge.mjs, after the module was built into web/generated/validation.

import { readFileSync } from "node:fs";

const built = new URL("../../../web/generated/validation/", import.meta.url);
const rules = await import(new URL("strongroom_validation.js", built));
rules.initSync({ module: readFileSync(new URL("strongroom_validation_bg.wasm", built)) });

const ENTRIES = 10_000;
const RUNS = 41;

const good = Array.from({ length: ENTRIES }, (_, n) => ({
  name: `service-${n}.password`,
  description: "made by a script",
  secret_string: `value-${n}-0123456789abcdef`,
}));
const bad = good.map((entry, n) => ({ ...entry, name: `service ${n % 5_000}`, rotation_period: "1 week" }));

function measure(entries) {
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    rules.judgeEntries(entries, ENTRIES);
    return performance.now() - start;
  });
  times.sort((a, b) => a - b);
  return `median ${times[(RUNS - 1) / 2].toFixed(1)} ms, least ${times[0].toFixed(1)} ms`;
}

console.log(`${ENTRIES} good entries: ${measure(good)}`);
console.log(`${ENTRIES} entries with 2 or 3 problems: ${measure(bad)}`);
