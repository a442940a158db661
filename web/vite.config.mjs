import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { defineConfig } from "vite";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [compressed()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    // Every browser the target names loads modules by itself.
    modulePreload: { polyfill: false },
    // Files of their own are cached by name and need no `data:` in the content security policy.
    assetsInlineLimit: 0,
  },
});

/** Below this a coding saves nothing worth a second file. */
const SMALLEST = 1_024;

/** Stores each file in brotli and gzip beside itself, so that the server compresses nothing while it serves. */
function compressed() {
  return {
    name: "compressed",
    apply: "build",
    async writeBundle({ dir = "dist" }) {
      const files = await readdir(dir, { recursive: true, withFileTypes: true });
      const plain = files.filter((each) => each.isFile() && !/\.(br|gz)$/.test(each.name));
      await Promise.all(plain.map((file) => compress(join(file.parentPath, file.name))));
    },
  };
}

async function compress(path) {
  const plain = await readFile(path);
  if (plain.length < SMALLEST) return;
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  await writeFile(`${path}.br`, await promisify(brotliCompress)(plain, best));
  await writeFile(`${path}.gz`, await promisify(gzip)(plain, { level: constants.Z_BEST_COMPRESSION }));
}
