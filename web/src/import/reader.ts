// The readers of files, compiled for the browser from the server's own: a text or a file becomes entries, each with its line
// and all that is wrong with it. They are loaded when somebody imports, and not before.

import { signal } from "@preact/signals";
import type { Complaint, Field, FileContents, Format } from "../../generated/import-files/strongroom_import_files";
import compiled from "../../generated/import-files/strongroom_import_files_bg.wasm?url";
import { allowed } from "../api/limits";

export type {
  Column,
  Complaint,
  Field,
  FileContents,
  FileEntry,
  Format,
} from "../../generated/import-files/strongroom_import_files";

type Readers = typeof import("../../generated/import-files/strongroom_import_files");

// Most entries of an import in parts, as long as the server has not said otherwise.
const MOST_ENTRIES = 1_000_000;

/** How a text shall be read. What is empty is left to the readers. */
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

export const readers = signal<Readers | "coming" | "missing">("coming");

export async function loadReaders(): Promise<void> {
  if (typeof readers.value === "object") return;
  readers.value = "coming";
  try {
    const loaded = await import("../../generated/import-files/strongroom_import_files");
    await loaded.default({ module_or_path: compiled });
    readers.value = loaded;
  } catch {
    readers.value = "missing";
  }
}

/** What stands in a file, or in a text; nothing as long as there is none, or nobody to read it. */
export function readGiven(
  given: Uint8Array | string,
  fileName: string,
  readOptions: ReadOptions,
): FileContents | undefined {
  if (typeof readers.value === "string" || isBlank(given)) return undefined;
  const { format, columns, prefix, replacement, oneSecretEach } = readOptions;
  const { valueBytes, streamEntries = MOST_ENTRIES } = allowed.value ?? {};
  return readers.value.readFile(given, {
    ...(format !== "" && { format }),
    ...(fileName !== "" && { fileName }),
    ...(replacement !== "" && { replacement }),
    // What does not fit into one step goes part by part.
    importEntries: streamEntries,
    ...(valueBytes !== undefined && { valueBytes }),
    columns: [...columns],
    prefix,
    oneSecretEach,
  });
}

function isBlank(given: Uint8Array | string): boolean {
  return typeof given === "string" ? given.trim() === "" : given.length === 0;
}

/** About the file, not one of its entries. */
export function isOfFile(complaint: Complaint): boolean {
  return complaint.index < 0;
}
