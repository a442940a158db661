// An entry being typed in by hand, and the entry it stands for.

import { type Signal, signal } from "@preact/signals";
import type { Problem } from "../rules";

export interface Draft {
  /** Tells cards apart; has no meaning elsewhere. */
  readonly key: number;
  name: string;
  type: string;
  valueKind: "text" | "base64";
  readonly value: Signal<string>;
  description: string;
  autoRotation: boolean;
  rotationPeriod: string;
  rotationConfig: string;
  kmsKeyId: string;
  rotationFunction: string;
  enterpriseProject: string;
  /** Fields visited: complaining earlier would be nagging. */
  visited: ReadonlySet<string>;
  /** What the server said about the entry as it stands. */
  rejected: readonly Problem[];
}

export const FIRST_TYPE = "COMMON";

/** The fields of the form, as the contract spells them; both values are typed in one. */
export const FIELDS = [
  "name",
  "secret_type",
  "secret_string",
  "description",
  "rotation_period",
  "rotation_config",
  "kms_key_id",
  "rotation_func_urn",
  "enterprise_project_id",
  "auto_rotation",
] as const;

export type DraftField = (typeof FIELDS)[number];

/** The field of the form that shows a problem. */
export function shownAt(problem: Problem): DraftField | undefined {
  if (problem.field === "secret_binary") return "secret_string";
  return FIELDS.find((field) => field === problem.field);
}

let keys = 0;

export function emptyDraft(): Draft {
  keys += 1;
  return {
    key: keys,
    name: "",
    type: FIRST_TYPE,
    valueKind: "text",
    value: signal(""),
    description: "",
    autoRotation: false,
    rotationPeriod: "",
    rotationConfig: "",
    kmsKeyId: "",
    rotationFunction: "",
    enterpriseProject: "",
    visited: new Set(),
    rejected: [],
  };
}

/** Nothing has been typed, so there is nothing to judge or to send. */
export function isBlank(draft: Draft): boolean {
  return (
    !draft.autoRotation &&
    draft.type === FIRST_TYPE &&
    [
      draft.name,
      draft.value.value,
      draft.description,
      draft.rotationPeriod,
      draft.rotationConfig,
      draft.kmsKeyId,
      draft.rotationFunction,
      draft.enterpriseProject,
    ].every((text) => text === "")
  );
}

/** The entry as JSON would spell it. What is empty is left out. */
export function entryOf(draft: Draft): Record<string, unknown> {
  const entry: Record<string, unknown> = { name: draft.name, secret_type: draft.type };
  const texts: [string, string][] = [
    [draft.valueKind === "text" ? "secret_string" : "secret_binary", draft.value.value],
    ["description", draft.description],
    ["rotation_period", draft.rotationPeriod],
    ["rotation_config", draft.rotationConfig],
    ["kms_key_id", draft.kmsKeyId],
    ["rotation_func_urn", draft.rotationFunction],
    ["enterprise_project_id", draft.enterpriseProject],
  ];
  for (const [field, text] of texts) {
    if (text !== "") entry[field] = text;
  }
  if (draft.autoRotation) entry["auto_rotation"] = true;
  return entry;
}
