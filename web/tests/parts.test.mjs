// The parts of the page that need no browser: dates, the details of a rejection, the terms of a search.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { runnerImport } from "vite";
import { initSync, judgeSearchQuery } from "../generated/validation/strongroom_validation.js";

const load = async (path) =>
  (await runnerImport(fileURLToPath(new URL(`../src/${path}`, import.meta.url)), { configFile: false })).module;

const { showDistance } = await load("dates.ts");
const { readErrorInfo, readFieldViolations } = await load("api/error-details.ts");
const { readReason } = await load("api/reason.ts");
const { hasTerm, tagTerm, termsOf, toggleTerm } = await load("secret-list/terms.ts");
initSync({ module: readFileSync(new URL("../generated/validation/strongroom_validation_bg.wasm", import.meta.url)) });

test("distances are said the way people count", () => {
  const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
  for (const [left, said] of [
    [30 * day, "in 30 days"],
    [7 * day - 1_000, "in 7 days"],
    [2 * day, "in 2 days"],
    [30 * hour, "in 30 hours"],
    [hour, "in 1 hour"],
    [59 * minute, "in 59 minutes"],
    [1, "in 1 minute"],
    [0, "now"],
    [-day, "now"],
  ]) {
    assert.equal(showDistance(1_000_000 + left, 1_000_000), said);
  }
});

test("the details of a rejection are read, and what is unknown is passed over", () => {
  const text = (writer, field, value) => writer.tag(field, WireType.LengthDelimited).string(value);
  const info = new BinaryWriter();
  text(text(info, 1, "CSMS.0107"), 2, "strongroom");
  info.tag(3, WireType.LengthDelimited).bytes(text(text(new BinaryWriter(), 1, "reason"), 2, "WAITING").finish());
  info.tag(9, WireType.Varint).uint32(5);
  assert.deepEqual(readErrorInfo(info.finish()), { reason: "CSMS.0107", more: new Map([["reason", "WAITING"]]) });

  const violation = new BinaryWriter();
  text(text(text(violation, 1, "name"), 2, "Too long."), 3, "TOO_LONG");
  const request = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(violation.finish());
  text(request, 7, "later");
  assert.deepEqual(readFieldViolations(request.finish()), [
    { field: "name", description: "Too long.", reason: "TOO_LONG" },
  ]);
});

test("a documented reason is taken apart", () => {
  assert.deepEqual(readReason("CSMS.0107: Already in the **Pending deletion** state."), {
    code: "CSMS.0107",
    message: "Already in the Pending deletion state.",
  });
  assert.deepEqual(readReason("Something else: no code"), { code: "", message: "Something else: no code" });
});

test("a filter is put into a search and taken out again, and the server understands what it wrote", () => {
  assert.deepEqual(termsOf('web "two words"  tag:"a b"="c d" -x'), ["web", '"two words"', 'tag:"a b"="c d"', "-x"]);
  const term = tagTerm("cost center", "R and D");
  assert.equal(term, 'tag:"cost center"="R and D"');
  const searched = toggleTerm("web  shop", term);
  assert.equal(searched, `web shop ${term}`);
  assert.ok(hasTerm(searched, term));
  assert.equal(toggleTerm(searched, term), "web shop");
  for (const text of ["a", "ü", "a=b", "a:b", "-a", "x y", "a@b+c.d_e", "used"]) {
    for (const made of [tagTerm(text), tagTerm(text, ""), tagTerm("team", text), tagTerm(text, "a/b c")]) {
      assert.deepEqual(judgeSearchQuery(made), [], made);
      assert.deepEqual(termsOf(made), [made]);
    }
  }
});
