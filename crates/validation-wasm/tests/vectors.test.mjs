// The vectors of `validation`, run against the WebAssembly that the page loads. The same file runs natively.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const root = new URL("../../../", import.meta.url);
const built = new URL("web/generated/validation/", root);
const bytes = readFileSync(new URL("strongroom_validation_bg.wasm", built));
const rules = await import(new URL("strongroom_validation.js", built));
rules.initSync({ module: bytes });

/** Spells out what the file abbreviates. */
function expand(value) {
  if (Array.isArray(value)) return value.map(expand);
  if (value === null || typeof value !== "object") return value;
  if (value.$repeat) return value.$repeat[0].repeat(value.$repeat[1]);
  if (value.$join) return value.$join.map(expand).join("");
  if (value.$entries) {
    return Array.from({ length: value.$entries }, (_, n) => ({ name: `entry-${n}`, secret_string: "x" }));
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expand(inner)]));
}

const vectors = expand(JSON.parse(readFileSync(new URL("crates/validation/vectors.json", root), "utf8")));
const written = (problem) => (problem ? [problem.field, problem.code, problem.message] : null);

const limits = (vector) => ({ importEntries: vector.max_entries, valueBytes: vector.max_value_bytes });
const entry = (vector) =>
  assert.deepEqual(rules.judgeEntry(vector.entry, limits(vector)).map(written), vector.problems);
const batch = (vector) => {
  const { problems } = rules.judgeEntries(vector.entries, limits(vector));
  assert.deepEqual(problems.map((problem) => [problem.index, ...written(problem)]), vector.problems);
};
const batchDelete = (vector) =>
  assert.deepEqual(rules.judgeBatchDelete(vector.request).map(written), vector.problems);
const version = (vector) =>
  assert.deepEqual(rules.judgeVersion(vector.version, vector.now).map(written), vector.problems);
const expiry = (vector) => assert.deepEqual(written(rules.judgeExpireTime(vector.moment, vector.now)), vector.problem);
const query = (vector) => assert.deepEqual(rules.judgeSearchQuery(vector.query).map(written), vector.problems);
const single = (judge, input) => (vector) => assert.deepEqual(written(judge(vector[input])), vector.problem);
const period = (vector) => {
  const judged = rules.rotationPeriodSeconds(vector.period);
  if ("seconds" in vector) assert.equal(judged, vector.seconds);
  else assert.deepEqual(written(judged), vector.problem);
};
const config = (vector) => assert.equal(rules.instanceIdOf(vector.config) ?? null, vector.instance_id);

const userPassword = (vector) =>
  assert.deepEqual(written(rules.judgeUserPassword(vector.password, vector.user)), vector.problem);

const groups = {
  entries: entry,
  js_entries: entry,
  batches: batch,
  js_batches: batch,
  batch_deletes: batchDelete,
  js_batch_deletes: batchDelete,
  recovery_windows: single(rules.judgeRecoveryWindow, "days"),
  js_recovery_windows: single(rules.judgeRecoveryWindow, "days"),
  list_limits: single(rules.judgeListLimit, "limit"),
  js_list_limits: single(rules.judgeListLimit, "limit"),
  search_queries: query,
  secret_ids: single(rules.judgeSecretId, "id"),
  secret_names: single(rules.judgeSecretName, "name"),
  version_ids: single(rules.judgeVersionId, "version"),
  versions: version,
  js_versions: version,
  stage_names: single(rules.judgeStageName, "stage"),
  expire_times: expiry,
  js_expire_times: expiry,
  markers: single(rules.judgeMarker, "marker"),
  user_passwords: userPassword,
  tag_keys: single(rules.judgeTagKey, "key"),
  tag_values: single(rules.judgeTagValue, "value"),
  rotation_periods: period,
  rotation_configs: config,
};

test("every group is run", () => assert.deepEqual(Object.keys(vectors).sort(), Object.keys(groups).sort()));

for (const [name, run] of Object.entries(groups)) {
  test(name, () => {
    for (const vector of vectors[name]) {
      try {
        run(vector);
      } catch (cause) {
        throw new Error(`${name}: ${vector.says ?? JSON.stringify(vector)}`, { cause });
      }
    }
  });
}

test("absent and null mean the defaults", () => {
  assert.equal(rules.judgeRecoveryWindow(undefined), undefined);
  assert.equal(rules.judgeListLimit(undefined), undefined);
  assert.deepEqual(rules.judgeEntries([{ name: "a", secret_string: "x" }], null).problems, []);
});

test("an entry judged in a batch has the problems of the entry judged alone", () => {
  for (const { entry, ...given } of [...vectors.entries, ...vectors.js_entries]) {
    const inBatch = rules.judgeEntries([entry], limits(given)).problems.map(written);
    assert.deepEqual(inBatch, rules.judgeEntry(entry, limits(given)).map(written));
  }
});

test("texts that are no text of any encoding do not stop the judge", () => {
  assert.equal(rules.judgeSecretName("a\ud800").code, "BAD_CHARACTERS");
  assert.deepEqual(rules.judgeEntry({ name: "a", secret_string: "\udfff" }), []);
});

test("limits are numbers, and those that the vectors know", () => {
  const limits = rules.limits();
  assert.ok(Object.values(limits).every(Number.isInteger));
  assert.equal(limits.defaultValueBytes, 32_768);
  assert.equal(limits.maxValueBytes, 65_536);
  assert.equal(limits.maxDescriptionBytes, 2_048);
  assert.equal(limits.defaultImportEntries, 1_000);
  assert.equal(limits.defaultBodyBytes, 40 * 1024 * 1024);
  assert.equal(limits.maxBackup, 5 * 1024 * 1024);
});

test("the module stays under 40 KB compressed", () => {
  const size = gzipSync(bytes, { level: 9 }).length;
  assert.ok(size < 40_000, `${size} bytes`);
});
