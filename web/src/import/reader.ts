// A text or a file becomes entries, each with its line and all that is wrong with it, in a worker that is started when
// somebody imports, and not before.

import { signal } from "@preact/signals";
import type { Field, FileContents, Format, FormatName } from "../../generated/import-files/strongroom_import_files";
import { allowed } from "../api/limits";
import type { ReaderMessage, ReadRequest } from "./reader-worker";

export type {
  Column,
  Complaint,
  Field,
  FileContents,
  FileEntry,
  Format,
} from "../../generated/import-files/strongroom_import_files";

// Most entries of an import in several transactions, as long as the server has not said otherwise.
const MOST_ENTRIES = 1_000_000;

/** How a text is to be read. What is empty is left to the readers. */
export interface ReadOptions {
  format: Format | "";
  columns: ReadonlyMap<string, Field | "">;
  prefix: string;
  replacement: string;
  oneSecretEach: boolean;
}

export const DEFAULT_READ_OPTIONS: ReadOptions = {
  format: "",
  columns: new Map(),
  prefix: "",
  replacement: "",
  oneSecretEach: false,
};

export const reader = signal<"idle" | "loading" | "ready" | "failed">("idle");
/** The formats that can be chosen, once the reader is ready. */
export const formats = signal<readonly FormatName[]>([]);

let worker: Worker | undefined;
let requests = 0;
const waiting = new Map<number, (contents: FileContents) => void>();

export function startReader(): void {
  if (reader.peek() === "loading" || reader.peek() === "ready") return;
  reader.value = "loading";
  waiting.clear();
  worker?.terminate();
  worker = new Worker(new URL("./reader-worker.ts", import.meta.url), { type: "module" });
  worker.addEventListener("error", () => {
    reader.value = "failed";
  });
  worker.addEventListener("message", ({ data }: MessageEvent<ReaderMessage>) => {
    switch (data.kind) {
      case "ready":
        formats.value = data.formats;
        reader.value = "ready";
        break;
      case "failed":
        reader.value = "failed";
        break;
      case "read":
        waiting.get(data.id)?.(data.contents);
        waiting.delete(data.id);
        break;
    }
  });
}

/** Ends the worker, and with it every copy of a value that it has read. */
export function stopReader(): void {
  worker?.terminate();
  worker = undefined;
  waiting.clear();
  reader.value = "idle";
}

export function read(given: Uint8Array | string, fileName: string, readOptions: ReadOptions): Promise<FileContents> {
  const { format, columns, prefix, replacement, oneSecretEach } = readOptions;
  const { valueBytes, streamEntries = MOST_ENTRIES } = allowed.peek() ?? {};
  const options = {
    ...(format !== "" && { format }),
    ...(fileName !== "" && { fileName }),
    ...(replacement !== "" && { replacement }),
    // What does not fit into one transaction goes in several.
    importEntries: streamEntries,
    ...(valueBytes !== undefined && { valueBytes }),
    columns: [...columns],
    prefix,
    oneSecretEach,
  };
  requests += 1;
  const id = requests;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    worker?.postMessage({ id, given, options } satisfies ReadRequest);
  });
}
