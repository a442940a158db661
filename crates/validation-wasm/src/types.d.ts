/** The rule that was broken. The spelling never changes. */
export type Code =
  | "BAD_CHARACTERS"
  | "MALFORMED"
  | "NO_LONGER_OFFERED"
  | "NOT_BASE64"
  | "NOT_HERE"
  | "NOT_ONE_OF"
  | "ONE_SELECTION_ONLY"
  | "ONE_VALUE_ONLY"
  | "OUT_OF_RANGE"
  | "REPEATED"
  | "REQUIRED"
  | "RESERVED"
  | "TOO_LARGE"
  | "TOO_LONG"
  | "TOO_MANY"
  | "WRONG_TYPE";

/** One thing that is wrong: the field as the request spells it, and what is and what to do. */
export interface Problem {
  field: string;
  code: Code;
  message: string;
}

/** A problem of an entry, counted from 0, or of the batch as a whole with -1 and the field `secrets`. */
export interface EntryProblem extends Problem {
  index: number;
}

/** What is wrong with a batch, in the order of its entries. Nothing, when it can be sent. */
export interface Judged {
  problems: EntryProblem[];
}

/** What a batch delete is about. Names and tags are only counted: each is judged by itself. */
export interface BatchDelete {
  names?: unknown;
  tags?: unknown;
  instance_id?: unknown;
  instance_type?: unknown;
  recovery_window_in_days?: unknown;
  expect_total?: unknown;
  dry_run?: unknown;
  dry_run_token?: unknown;
}

/** A new version of a secret. */
export interface NewVersion {
  secret_string?: unknown;
  secret_binary?: unknown;
  version_stages?: unknown;
  expire_time?: unknown;
}

/** Bytes, characters, seconds, days and numbers of items, as their names say. */
export interface Limits {
  defaultValueBytes: number;
  maxValueBytes: number;
  maxName: number;
  maxKmsKeyId: number;
  maxDescriptionBytes: number;
  minRotationSeconds: number;
  maxRotationSeconds: number;
  maxRotationPeriod: number;
  maxRotationConfig: number;
  maxEventSubscriptions: number;
  maxEventName: number;
  maxEnterpriseProjectId: number;
  maxRotationFuncUrn: number;
  minWindowDays: number;
  maxWindowDays: number;
  defaultWindowDays: number;
  maxListLimit: number;
  defaultListLimit: number;
  maxStageName: number;
  maxExpireTime: number;
  maxTagKey: number;
  maxTagValue: number;
  defaultImportEntries: number;
  defaultBodyBytes: number;
  maxBackup: number;
}

/** What the server at hand takes, as ShowLimits answers it; the defaults for what is not given. */
export interface ServerLimits {
  importEntries?: number;
  valueBytes?: number;
}
