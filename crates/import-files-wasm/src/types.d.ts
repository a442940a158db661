/** The format of a file. */
export type Format =
  | "json"
  | "csv"
  | "env"
  | "yaml"
  | "aws"
  | "google"
  | "vault"
  | "infisical"
  | "kubernetes"
  | "aws-ssm"
  | "azure-keyvault"
  | "azure-appconfig"
  | "gitlab"
  | "doppler"
  | "terraform"
  | "1password"
  | "bitwarden"
  | "bitwarden-secrets"
  | "keepass"
  | "properties"
  | "toml"
  | "ini"
  | "tfvars"
  | "env-0";

/** A format and what people call it. */
export interface FormatName {
  format: Format;
  title: string;
}

/** A field of an entry. */
export type Field =
  | "name"
  | "secret_string"
  | "secret_binary"
  | "description"
  | "kms_key_id"
  | "secret_type"
  | "auto_rotation"
  | "rotation_period"
  | "rotation_config"
  | "event_subscriptions"
  | "enterprise_project_id"
  | "rotation_func_urn"
  | "on_existing"
  | "on_pending";

/** How to read a file, and the limits of the server. All of it may be left out. */
export interface ReadOptions {
  /** Without it the content decides. */
  format?: Format;
  /** Its ending decides where the content leaves more than one format. */
  fileName?: string;
  /** Between the cells of CSV: a comma, a semicolon, a tab or a vertical bar. Without it the first line decides. */
  separator?: string;
  /** Titles of CSV columns, or their numbers from 1, and the fields they give; an empty field leaves the column out. */
  columns?: readonly (readonly [title: string, field: Field | ""])[];
  /** Put before every name that is not renamed. */
  prefix?: string;
  /** Replaces each character that a name cannot have. */
  replacement?: string;
  /** Names of the file with the names to use in their place. */
  renames?: readonly (readonly [from: string, to: string])[];
  /** Cuts names that are too long, and ends them with a checksum of the whole name. */
  shorten?: boolean;
  /** Makes one secret of each value inside nested maps, named by all keys with this text between them. */
  flatten?: string;
  /** Of an item of a password manager: all fields as JSON, and not the password alone. */
  wholeItems?: boolean;
  /** Of a Vault path with several keys: one secret for each key, and not one for all. */
  oneSecretEach?: boolean;
  /** As ShowLimits answers it; the defaults when it is not given. Infinity for a stream. */
  importEntries?: number;
  /** As ShowLimits answers it; the default when it is not given. */
  valueBytes?: number;
}

/** An entry as a request has it. What is absent in the file is absent here. */
export interface FileEntry {
  name: string;
  secret_string?: string;
  secret_binary?: string;
  description?: string;
  kms_key_id?: string;
  secret_type?: string;
  auto_rotation?: boolean;
  rotation_period?: string;
  rotation_config?: string;
  event_subscriptions?: string[];
  enterprise_project_id?: string;
  rotation_func_urn?: string;
  on_existing?: string;
  on_pending?: string;
}

/** The kinds of problems that only reading has. The others are those of the rules. */
export type ReadingCode =
  | "COLUMNS"
  | "EMPTY"
  | "ENCRYPTED"
  | "INCOMPLETE"
  | "NAMES"
  | "NOT_TEXT"
  | "NOT_SUPPORTED"
  | "REPEATED_KEY"
  | "SYNTAX"
  | "TOO_DEEP"
  | "UNKNOWN_FIELD";

/** One thing that is wrong. Never holds any part of a value. */
export interface Complaint {
  /** From 1; the first of them when it occurs several times. */
  line: number;
  /** How often it occurs. Equal problems of the whole file are one with a count. */
  count: number;
  /** From 1, and 0 when it is not known. */
  column: number;
  /** The entry it stops, from 0, and -1 when it is about the file. */
  index: number;
  /** Empty when it is about none. */
  field: string;
  /** One of ReadingCode, or a code of the rules. */
  code: string;
  message: string;
}

/** Something worth knowing that stops nothing. */
export interface Note {
  line: number;
  message: string;
}

/** A column of a CSV file, and the field it gives; empty when it is not read. */
export interface Column {
  /** A number from 1 where the first line may be a record, whose cells could be a value. */
  title: string;
  field: Field | "";
}

export interface FileContents {
  /** Null when the file is not text. */
  format: Format | null;
  /** Why this format, in a sentence for the user. */
  why: string;
  /** How sure it is that the file has this format. */
  confidence: "possible" | "likely" | "certain";
  /** In the order of the file. */
  entries: FileEntry[];
  /** The line of each entry. */
  lines: number[];
  /** For each entry whose name cannot be stored, one that can and that no other has; empty for the others. */
  suggestions: string[];
  /** Empty unless it is CSV. */
  columns: Column[];
  /** In the order of the lines. Nothing, when all of it can be imported. */
  complaints: Complaint[];
  notes: Note[];
}
