// The reader in the WebAssembly that the page loads: the recipes' files, and what only the page sees of it.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const root = new URL("../../../", import.meta.url);
const built = new URL("web/generated/import-files/", root);
const bytes = readFileSync(new URL("strongroom_import_files_bg.wasm", built));
const files = await import(new URL("strongroom_import_files.js", built));
files.initSync({ module: bytes });

const recipes = new URL("crates/import-files/tests/files/", root);

test("every recipe is recognised and read without exceptions", () => {
  const expected = { aws: 1, google: 1, vault: 1, infisical: 1 };
  for (const name of readdirSync(recipes)) {
    const read = files.readFile(readFileSync(new URL(name, recipes)), { replacement: "-" });
    const product = name.split("-")[0].split(".")[0];
    if (name.endsWith("json")) assert.equal(read.format, product, name);
    assert.equal(read.entries.length, read.lines.length, name);
    assert.ok(read.why.endsWith("."), name);
    delete expected[product];
  }
  assert.deepEqual(expected, {});
});

test("entries come out as a request has them", () => {
  const text = JSON.stringify({
    secrets: [
      {
        name: "a", secret_string: "x", description: "d", kms_key_id: "k", secret_type: "COMMON", auto_rotation: true,
        rotation_period: "1d", rotation_config: "{}", event_subscriptions: ["e"], enterprise_project_id: "0",
        rotation_func_urn: "f", on_existing: "SKIP", on_pending: "FAIL",
      },
      { name: "b", secret_binary: "AAEC" },
      { name: "c", secret_string: "" },
    ],
  });
  const read = files.readFile(text, undefined);
  assert.deepEqual(read.entries, JSON.parse(text).secrets);
  assert.deepEqual(read.lines, [1, 1, 1]);
  assert.deepEqual(read.complaints, []);
});

test("problems have a place, a code, a count and a sentence", () => {
  const { complaints, notes } = files.readFile("A=1\nB\nA=2\nC=${A}\n", undefined);
  assert.deepEqual(complaints.map(({ message, ...rest }) => rest), [
    { line: 2, column: 1, index: -1, field: "", code: "SYNTAX", count: 1 },
    { line: 3, column: 0, index: 1, field: "name", code: "REPEATED", count: 1 },
  ]);
  assert.ok(complaints.every(({ message }) => message.endsWith(".")));
  assert.deepEqual(notes.map(({ line }) => line), [4]);
});

test("what the user says counts", () => {
  const csv = "Login;Pass;Site\na/b;x;s\n";
  const read = files.readFile(csv, {
    format: "csv", separator: ";", columns: [["Login", "name"], ["Pass", "secret_string"]], prefix: "p.", replacement: "-",
  });
  assert.deepEqual(read.entries, [{ name: "p.a-b", secret_string: "x" }]);
  assert.deepEqual(read.columns, [
    { title: "Login", field: "name" }, { title: "Pass", field: "secret_string" }, { title: "Site", field: "" },
  ]);
  const vault = readFileSync(new URL("vault-kv-get.json", recipes));
  assert.deepEqual(files.readFile(vault, { oneSecretEach: true }).entries.map(({ name }) => name), ["password", "username"]);
  assert.equal(files.readFile("words", { fileName: "a.yaml" }).format, "yaml");
  assert.equal(files.readFile("A=1\nB=2", { importEntries: 1 }).complaints[0].code, "TOO_MANY");
  assert.deepEqual(files.readFile("A=1\nB=2", { importEntries: Infinity }).complaints, []);
  assert.equal(files.readFile("A=12345", { valueBytes: 4 }).complaints[0].code, "TOO_LARGE");
});

test("bytes in UTF-16 are text, and others are reported", () => {
  const utf16 = new Uint8Array([0xff, 0xfe, ...new Uint8Array(new Uint16Array([..."A=ü"].map((c) => c.charCodeAt(0))).buffer)]);
  const read = files.readFile(utf16, undefined);
  assert.deepEqual(read.entries, [{ name: "A", secret_string: "ü" }]);
  assert.equal(read.notes.length, 1);
  const unread = files.readFile(new Uint8Array([65, 10, 0xff]), undefined);
  assert.equal(unread.format, null);
  assert.deepEqual(unread.complaints.map(({ line, code }) => [line, code]), [[2, "NOT_TEXT"]]);
  assert.deepEqual([unread.entries, unread.lines, unread.columns, unread.suggestions, unread.notes], [[], [], [], [], []]);
});

test("nothing that is passed raises an exception", () => {
  for (const file of [undefined, null, 7, {}, [], new Uint8Array()]) {
    for (const options of [undefined, null, 7, "x", {}, { columns: 7 }, { columns: [7, ["a"], [1, 2]] }, { format: "xml" }]) {
      assert.equal(files.readFile(file, options).complaints[0].code, "EMPTY");
    }
  }
  assert.equal(files.readFile("a=\ud800", undefined).entries.length, 1);
});

test("names that do not fit have a suggestion, and can be renamed and shortened", () => {
  const read = files.readFile('{"app/db": 1, "fine": 2}', undefined);
  assert.deepEqual(read.suggestions, ["app-db", ""]);
  assert.equal(read.confidence, "likely");
  const renamed = files.readFile('{"app/db": 1, "fine": 2}', { renames: [["app/db", "db"]] });
  assert.deepEqual(renamed.entries.map(({ name }) => name), ["db", "fine"]);
  assert.deepEqual(renamed.complaints, []);
  const long = files.readFile(`{"${"x".repeat(70)}": 1}`, { shorten: true });
  assert.equal(long.entries[0].name.length, 64);
});

test("nested names become one level, and items whole, on request", () => {
  const flat = files.readFile("a:\n  b: x\n", { flatten: "." });
  assert.deepEqual(flat.entries, [{ name: "a.b", secret_string: "x" }]);
  const csv = "name,url,username,password\nweb,https://e.example,ann,x\n";
  assert.deepEqual(files.readFile(csv, undefined).entries, [{ name: "web", secret_string: "x" }]);
  const whole = JSON.parse(files.readFile(csv, { wholeItems: true }).entries[0].secret_string);
  assert.deepEqual(whole, { username: "ann", password: "x", url: "https://e.example" });
});

test("two files of 100,000 lines are read within 3 seconds", () => {
  const text = Array.from({ length: 100_000 }, (_, n) => `SERVICE_${n}_TOKEN="${n}-0123456789-abc-xyz"\n`).join("");
  const start = performance.now();
  assert.equal(files.readFile(new TextEncoder().encode(text), { importEntries: Infinity }).entries.length, 100_000);
  const wrong = files.readFile("words only\n".repeat(100_000), { format: "env" });
  assert.deepEqual(wrong.complaints.map(({ count }) => count), [100_000]);
  assert.ok(performance.now() - start < 3_000, `${performance.now() - start} ms for both`);
});

test("every format and field is listed", () => {
  assert.equal(files.formats().length, 24);
  assert.deepEqual(files.formats().slice(0, 4).map(({ format }) => format), ["json", "csv", "env", "yaml"]);
  assert.equal(files.fields()[0], "name");
});

test("the module stays under 200 KB compressed", () => {
  const size = gzipSync(bytes, { level: 9 }).length;
  assert.ok(size < 200_000, `${size} bytes`);
});
