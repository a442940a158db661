// stand-in until the readers are there
import { signal } from "@preact/signals";
import { readEntries } from "./json-entries";

/** An entry as a file holds it; an absent field is none. */
export interface FileEntry extends Record<string, unknown> {
  line: number;
  name: string;
}

export interface Complaint {
  line: number;
  column: number;
  entry?: number;
  field: string;
  code: string;
  message: string;
}

export interface Note {
  line: number;
  message: string;
}

export interface Column {
  title: string;
  field?: string;
}

export interface FileText {
  format: string;
  why: string;
  entries: FileEntry[];
  columns: Column[];
  complaints: Complaint[];
  notes: Note[];
}

/** How a text shall be read; whatever is empty is left to the readers. */
export interface Wishes {
  format: string;
  columns: Readonly<Record<string, string>>;
  prefix: string;
  replacement: string;
  oneSecretEach: boolean;
}

export const NO_WISHES: Wishes = { format: "", columns: {}, prefix: "", replacement: "", oneSecretEach: false };

export const readers = signal<"loading" | "ready" | "failed">("loading");

export const FORMATS: readonly { word: string; title: string }[] = [
  { word: "json", title: "JSON" },
  { word: "csv", title: "CSV" },
  { word: "env", title: ".env" },
  { word: "yaml", title: "YAML" },
  { word: "aws", title: "AWS Secrets Manager" },
  { word: "google", title: "Google Secret Manager" },
  { word: "vault", title: "Vault or OpenBao" },
  { word: "infisical", title: "Infisical" },
];

export async function loadReaders(): Promise<void> {
  readers.value = "ready";
}

export function readText(text: string, _fileName: string, _wishes: Wishes): FileText | undefined {
  if (readers.value !== "ready" || text.trim() === "") return undefined;
  const found = readEntries(text);
  const about = { format: "json", why: "It starts with a bracket, so it is read as JSON.", columns: [], notes: [] };
  if (found.kind === "entries") {
    const entries = found.entries.map(({ value, line }) => ({ ...(value as object), line, name: String((value as { name: string }).name) }));
    return { ...about, entries, complaints: [] };
  }
  if (found.kind === "empty") return undefined;
  return { ...about, entries: [], complaints: [{ line: found.line, column: found.column, field: "", code: "SYNTAX", message: found.message }] };
}

/** What a column can give. */
export const FIELDS: readonly { field: string; title: string }[] = [
  { field: "name", title: "Name" },
  { field: "secret_string", title: "Value, as text" },
  { field: "secret_binary", title: "Value, binary as Base64" },
  { field: "description", title: "Description" },
  { field: "kms_key_id", title: "Key that seals it" },
  { field: "secret_type", title: "Type" },
  { field: "auto_rotation", title: "Rotated by schedule" },
  { field: "rotation_period", title: "Rotation period" },
  { field: "rotation_config", title: "Rotation configuration" },
  { field: "event_subscriptions", title: "Event" },
  { field: "enterprise_project_id", title: "Enterprise project" },
  { field: "rotation_func_urn", title: "Rotation function" },
  { field: "on_existing", title: "What to do if it exists" },
];
