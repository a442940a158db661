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

test("complaints have a place, a code and a sentence", () => {
  const { complaints, notes } = files.readFile("A=1\nB\nA=2\nC=${A}\n", undefined);
  assert.deepEqual(complaints.map(({ message, ...rest }) => rest), [
    { line: 2, column: 1, index: -1, field: "", code: "SYNTAX" },
    { line: 3, column: 0, index: 1, field: "name", code: "REPEATED" },
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

test("bytes in UTF-16 are text, and others are told", () => {
  const utf16 = new Uint8Array([0xff, 0xfe, ...new Uint8Array(new Uint16Array([..."A=ü"].map((c) => c.charCodeAt(0))).buffer)]);
  const read = files.readFile(utf16, undefined);
  assert.deepEqual(read.entries, [{ name: "A", secret_string: "ü" }]);
  assert.equal(read.notes.length, 1);
  const unread = files.readFile(new Uint8Array([65, 10, 0xff]), undefined);
  assert.equal(unread.format, null);
  assert.deepEqual(unread.complaints.map(({ line, code }) => [line, code]), [[2, "NOT_TEXT"]]);
  assert.deepEqual([unread.entries, unread.lines, unread.columns, unread.notes], [[], [], [], []]);
});

test("nothing that is passed raises an exception", () => {
  for (const file of [undefined, null, 7, {}, [], new Uint8Array()]) {
    for (const options of [undefined, null, 7, "x", {}, { columns: 7 }, { columns: [7, ["a"], [1, 2]] }, { format: "xml" }]) {
      assert.equal(files.readFile(file, options).complaints[0].code, "EMPTY");
    }
  }
  assert.equal(files.readFile("a=\ud800", undefined).entries.length, 1);
});

test("formats and fields are told", () => {
  assert.deepEqual(files.formats().map(({ format }) => format), ["json", "csv", "env", "yaml", "aws", "google", "vault", "infisical"]);
  assert.equal(files.fields()[0], "name");
});

test("the module stays under 110 KB compressed", () => {
  const size = gzipSync(bytes, { level: 9 }).length;
  assert.ok(size < 110_000, `${size} bytes`);
});
