// The readers of files, compiled for the browser from the server's own, in a thread of their own: ten thousand lines are
// read again after every key, and the keyboard must not wait for that.

import type { FileContents, FormatName } from "../../generated/import-files/strongroom_import_files";
import load, { formats, type ReadOptions, readFile } from "../../generated/import-files/strongroom_import_files";
import compiled from "../../generated/import-files/strongroom_import_files_bg.wasm?url";

export interface ReadRequest {
  id: number;
  given: Uint8Array | string;
  options: ReadOptions;
}

export type ReaderMessage =
  | { kind: "ready"; formats: FormatName[] }
  | { kind: "failed" }
  | { kind: "read"; id: number; contents: FileContents };

const say = (message: ReaderMessage) => postMessage(message);

const loaded = load({ module_or_path: compiled }).then(
  () => say({ kind: "ready", formats: formats() }),
  () => say({ kind: "failed" }),
);

addEventListener("message", async ({ data: { id, given, options } }: MessageEvent<ReadRequest>) => {
  await loaded;
  say({ kind: "read", id, contents: readFile(given, options) });
});
