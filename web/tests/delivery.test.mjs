// How the files of the page are delivered: compressed in the best form the client takes, and unchanged inside.

import assert from "node:assert/strict";
import { get } from "node:http";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { server } from "./stage.mjs";

/** The answer as it is on the line: `fetch` would unpack it. */
const ask = (path, coding) =>
  new Promise((resolve, reject) => {
    get(
      new URL(path, server().url),
      { headers: coding === undefined ? {} : { "accept-encoding": coding } },
      (answer) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part));
        answer.on("end", () => resolve({ headers: answer.headers, body: Buffer.concat(parts) }));
      },
    ).on("error", reject);
  });

test("scripts, styles and WebAssembly come in brotli or gzip, with the same content and type", async () => {
  const { body: page } = await ask("/");
  const assets = [...String(page).matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path);
  const script = await ask(assets.find((path) => path.endsWith(".js")));
  const compiled = [...String(script.body).matchAll(/\/assets\/[\w-]+\.wasm/g)].map(([path]) => path);
  assert.ok(assets.length >= 2 && compiled.length >= 1, "there is something to look at");
  for (const path of [...assets, ...compiled]) {
    const plain = await ask(path);
    assert.equal(plain.headers["content-encoding"], undefined, path);
    const forms = [
      ["gzip, deflate, br, zstd", "br", brotliDecompressSync],
      ["gzip", "gzip", gunzipSync],
    ];
    for (const [accepted, coding, unpack] of forms) {
      const { headers, body } = await ask(path, accepted);
      assert.equal(headers["content-encoding"], coding, path);
      assert.equal(headers["content-type"], plain.headers["content-type"], path);
      assert.equal(headers.vary, "accept-encoding", path);
      assert.match(headers["content-security-policy"], /default-src 'none'/);
      assert.ok(body.length < plain.body.length * 0.5, `${path} is ${body.length} bytes of ${plain.body.length}`);
      assert.ok(unpack(body).equals(plain.body), path);
    }
    assert.equal((await ask(path, "br;q=0, gzip;q=0")).headers["content-encoding"], undefined, path);
  }
});
