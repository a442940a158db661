// The rules that stand on the fields of the contract, which clients in any language can check, against the server's own.
//
// The server's say more: they know Base64, durations and JSON in a string. But what they accept the annotations must
// accept, and what the annotations reject they must reject in the same field.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { create, createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { createValidator } from "@bufbuild/protovalidate";
import {
  initSync,
  judgeEntry,
  judgeExpireTime,
  judgeListLimit,
  judgeMarker,
  judgeRecoveryWindow,
  judgeSecretName,
  judgeStageName,
  judgeUserPassword,
  judgeVersion,
  judgeVersionId,
  limits,
} from "../generated/validation/strongroom_validation.js";

const generated = (name) => readFileSync(new URL(`../generated/${name}`, import.meta.url));
initSync({ module: generated("validation/strongroom_validation_bg.wasm") });
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, generated("contract.binpb")));
const validator = createValidator({ registry });

/** The fields of a message that its annotations reject, as the contract spells them. */
function rejected(message, fields) {
  const schema = registry.getMessage(`strongroom.v1.${message}`);
  const result = validator.validate(schema, create(schema, fields));
  assert.notEqual(result.kind, "error", String(result.error));
  return (result.violations ?? []).map((violation) => violation.field[0].name);
}

// The same entries in every run: a test that fails once must fail again.
let seed = 1;
const below = (bound) => {
  seed = (seed * 48271) % 2147483647;
  return seed % bound;
};
const pick = (...choices) => choices[below(choices.length)];

const texts = (...lengths) => lengths.map((length) => "x".repeat(length));
const oneEntry = () => ({
  name: pick("", "a", ".", "a b", "ü", ...texts(64, 65), "web-db.1_x"),
  kmsKeyId: pick("", "csms/default", ...texts(64, 65)),
  description: pick("", "ü".repeat(1024), "ü".repeat(1025), ...texts(2048, 2049)),
  secretString: pick(undefined, "", ...texts(1, 65536, 65537)),
  secretBinary: pick(undefined, "AQI=", "A".repeat(65536), "A".repeat(65540)),
  rotationPeriod: pick("", "1d", ...texts(50, 51)),
  rotationConfig: pick("", ...texts(1024, 1025)),
  eventSubscriptions: pick([], ["one"], ["one", "two"]),
  enterpriseProjectId: pick("", "0", ...texts(36, 37)),
  rotationFuncUrn: pick("", ...texts(255, 256)),
});
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

test("of three thousand entries the annotations reject no field that the server accepts", () => {
  let found = 0;
  for (let count = 0; count < 3000; count += 1) {
    const fields = oneEntry();
    const entry = Object.fromEntries(Object.entries(fields).map(([name, value]) => [snake(name), value]));
    const ours = new Set(judgeEntry(entry, { valueBytes: limits().maxValueBytes }).map((problem) => problem.field));
    for (const field of rejected("NewSecret", fields)) {
      assert.ok(
        ours.has(field),
        `${field} of ${JSON.stringify(Object.keys(entry).map((name) => [name, entry[name]?.length]))}`,
      );
      found += 1;
    }
  }
  assert.ok(found > 3000, `the annotations rejected ${found} fields only`);
});

test("names, windows and pages are judged alike", () => {
  for (const name of ["", "a", "a b", "ü", "web-db.1_x", ...texts(64, 65)]) {
    assert.equal(
      rejected("ShowSecretRequest", { secretName: name }).length > 0,
      judgeSecretName(name) !== undefined,
      `name ${name.length}`,
    );
    assert.equal(
      rejected("ListSecretsRequest", { marker: name }).length > 0,
      judgeMarker(name) !== undefined,
      `marker ${name.length}`,
    );
  }
  for (const number of [-1, 0, 1, 6, 7, 30, 31, 1000, 1001]) {
    assert.equal(
      rejected("ScheduleDeletionRequest", { secretName: "a", recoveryWindowInDays: number }).length > 0,
      judgeRecoveryWindow(number) !== undefined,
      `window ${number}`,
    );
    assert.equal(
      rejected("ListSecretsRequest", { limit: number }).length > 0,
      judgeListLimit(number) !== undefined,
      `limit ${number}`,
    );
  }
  for (const version of ["", "v", "v1", "v0123456789", "v01234567890", "latest", "Latest", "1"]) {
    assert.equal(
      rejected("ShowSecretVersionRequest", { secretName: "a", versionId: version }).length > 0,
      judgeVersionId(version) !== undefined,
      version,
    );
  }
});

test("new passwords are judged alike as to their length", () => {
  for (const length of [0, 1, 7, 8, 128, 129]) {
    const password = "ü1".repeat(length).slice(0, length);
    assert.equal(
      rejected("PasswordChange", { password }).length > 0,
      judgeUserPassword(password, "admin") !== undefined,
      `${length}`,
    );
  }
});

test("new versions, their stages and their expiry are judged alike", () => {
  const now = 1_767_225_600_500;
  for (const stage of ["", "SYSCURRENT", "a.b", "ü", "blue-2_x", ...texts(64, 65)]) {
    assert.equal(
      rejected("ShowSecretStageRequest", { secretName: "a", stageName: stage }).length > 0,
      judgeStageName(stage) !== undefined,
      `stage ${stage}`,
    );
    const problems = judgeVersion({ secret_string: "x", version_stages: ["a", stage] }, now);
    assert.equal(
      rejected("CreateSecretVersionRequest", { secretName: "a", versionStages: ["a", stage] }).length > 0,
      problems.length > 0,
      `stages ${stage}`,
    );
  }
  // The annotations know what can be configured at most.
  for (const size of [0, 1, 65536, 65537]) {
    const value = "x".repeat(size);
    const problems = judgeVersion({ secret_string: value }, now, { valueBytes: limits().maxValueBytes });
    assert.equal(
      rejected("CreateSecretVersionRequest", { secretName: "a", secretString: value }).length > 0,
      problems.length > 0,
      `value ${size}`,
    );
  }
  for (const moment of [-1, 0, now, now + 1000, 9_999_999_999_999, 10_000_000_000_000]) {
    const annotated =
      rejected("UpdateVersionRequest", { secretName: "a", versionId: "v1", expireTime: BigInt(moment) }).length > 0;
    // What has passed only the server's clock can tell.
    if (annotated) assert.notEqual(judgeExpireTime(moment, now), undefined, `moment ${moment}`);
    assert.equal(annotated, moment <= 0 || moment > 9_999_999_999_999, `moment ${moment}`);
  }
});
