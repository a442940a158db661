// The parts of the page that need no browser: reading a body with its lines, dates, and the details of a refusal.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { runnerImport } from "vite";
import { initSync, judgeSearchQuery } from "../generated/validation/strongroom_validation.js";

const load = async (path) => (await runnerImport(fileURLToPath(new URL(`../src/${path}`, import.meta.url)), { configFile: false })).module;

const { readEntries } = await load("import/json-entries.ts");
const { readJson, SyntaxProblem } = await load("import/json-reader.ts");
const { showDistance } = await load("dates.ts");
const { readErrorInfo, readFieldViolations } = await load("server/error-details.ts");
const { readReason } = await load("server/reason.ts");
const { hasTerm, tagTerm, termsOf, toggleTerm } = await load("secrets/terms.ts");
initSync({ module: readFileSync(new URL("../generated/validation/strongroom_validation_bg.wasm", import.meta.url)) });

test("a body is read with the line of every entry and field", () => {
  const read = readEntries('\uFEFF{"other": {"deep": [1]}, "secrets": [\r\n {"name": "a",\n  "secret_string": "x\\ny"},\n\n {"name": "b"}]}');
  assert.equal(read.kind, "entries");
  assert.deepEqual(
    read.entries.map((entry) => [entry.value, entry.line, Object.fromEntries(entry.lines)]),
    [
      [{ name: "a", secret_string: "x\ny" }, 2, { name: 2, secret_string: 3 }],
      [{ name: "b" }, 5, { name: 5 }],
    ],
  );
  assert.deepEqual(readEntries(' [{"name": "a"}, 5] ').entries.map((entry) => entry.value), [{ name: "a" }, 5]);
  assert.deepEqual(readEntries(" \n ").kind, "empty");
});

test("what cannot be read says where and why", () => {
  for (const [text, line, column, words] of [
    ["{", 1, 2, "name of a field"],
    ['{"secrets": [}', 1, 14, "Expected a value"],
    ['[{"name": "a"},]', 1, 16, "one too many"],
    ['[{"name": "a",}]', 1, 15, "one too many"],
    ['[{"name": "a"\n "x": 1}]', 2, 2, "comma"],
    ['[{"name" "a"}]', 1, 10, "colon"],
    ["[{name: 1}]", 1, 3, "double quotes"],
    ["['a']", 1, 2, "double quotes"],
    ['["a\nb"]', 1, 4, "\\n"],
    ['["a\\xb"]', 1, 4, "escape"],
    ['["\\ud800"]', 1, 2, "half of a character"],
    ['["a', 1, 4, "ends inside"],
    ["[01]", 1, 3, "comma"],
    ["[] x", 1, 4, "after the end"],
    ['{"other": 1}', 1, 1, "secrets"],
    ['{"secrets": {}}', 1, 13, "has to be a list"],
    ['{"secrets": [], "secrets": []}', 1, 17, "more than one"],
    ['[{"name": "a",\n"name": "b"}]', 2, 1, "given twice"],
    ['"text"', 1, 1, "secrets"],
    ["[".repeat(100), 1, 66, "64 levels"],
  ]) {
    const read = readEntries(text);
    assert.equal(read.kind, "broken", text);
    assert.deepEqual([read.line, read.column], [line, column], text);
    assert.ok(read.message.includes(words), `${text}: ${read.message}`);
  }
});

test("the reader agrees with the browser's own on what JSON is", () => {
  const value = (node) => {
    if (node.kind === "scalar") return node.value;
    if (node.kind === "array") return node.items.map(value);
    return Object.fromEntries(node.members.map((member) => [member.key, value(member.node)]));
  };
  const attempt = (read, text) => {
    try {
      return { value: read(text) };
    } catch (error) {
      assert.ok(error instanceof SyntaxProblem || error instanceof SyntaxError, String(error));
      return "refused";
    }
  };
  const seeds = [
    '{"a": [1, -0.5e+3, true, false, null, "x\\u00e9\\"\\\\\\/\\b\\f\\n\\r\\t"], "__proto__": {"b": []}, "": {}}',
    '[{"name":"a","secret_string":"—💡"},{"name":"b"}]',
    " 1e5 ",
    '"\u007f\u2028"',
  ];
  // Each seed, and each seed with one character left out, doubled or replaced.
  for (const seed of seeds) {
    for (let place = 0; place < seed.length; place += 1) {
      const [before, after] = [seed.slice(0, place), seed.slice(place + 1)];
      for (const middle of [seed[place], "", seed[place] + seed[place], '"', "}", "0", ",", "\\", "\n"]) {
        const text = before + middle + after;
        // Half characters are refused on purpose.
        if (!text.isWellFormed()) continue;
        const ours = attempt((given) => value(readJson(given)), text);
        assert.deepEqual(ours, attempt(JSON.parse, text), JSON.stringify(text));
      }
    }
  }
});

test("a large value is no burden for the reader", () => {
  const value = "é".repeat(20_000_000);
  assert.equal(readJson(JSON.stringify([value])).items[0].value, value);
});

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

test("the details of a refusal are read, and what is unknown is passed over", () => {
  const text = (writer, field, value) => writer.tag(field, WireType.LengthDelimited).string(value);
  const info = new BinaryWriter();
  text(text(info, 1, "CSMS.0107"), 2, "strongroom");
  info.tag(9, WireType.Varint).uint32(5);
  assert.deepEqual(readErrorInfo(info.finish()), { reason: "CSMS.0107" });

  const violation = new BinaryWriter();
  text(text(text(violation, 1, "name"), 2, "Too long."), 3, "TOO_LONG");
  const request = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(violation.finish());
  text(request, 7, "later");
  assert.deepEqual(readFieldViolations(request.finish()), [{ field: "name", description: "Too long.", reason: "TOO_LONG" }]);
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
