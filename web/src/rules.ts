// The server's own rules, compiled for the browser: the same words before anything is sent.

import load, * as rules from "../generated/validation/strongroom_validation";
import compiled from "../generated/validation/strongroom_validation_bg.wasm?url";

/** One thing that is wrong. The server may know codes that these rules do not. */
export interface Problem {
  field: string;
  code: string;
  message: string;
}

export interface Judgement {
  /** Problems of single entries, by their place from 0. */
  entries: ReadonlyMap<number, readonly Problem[]>;
  /** Problems of the batch as a whole. */
  batch: readonly Problem[];
}

export async function loadRules(): Promise<void> {
  await load({ module_or_path: compiled });
}

export function judgeEntries(given: unknown[]): Judgement {
  const entries = new Map<number, Problem[]>();
  const batch: Problem[] = [];
  for (const { index, ...problem } of rules.judgeEntries(given).problems) {
    if (index < 0) {
      batch.push(problem);
      continue;
    }
    const known = entries.get(index);
    if (known) known.push(problem);
    else entries.set(index, [problem]);
  }
  return { entries, batch };
}

export function judgeWindow(days: number): readonly Problem[] {
  const problem = rules.judgeRecoveryWindow(days);
  return problem === undefined ? [] : [problem];
}

export function judgeConditions(instanceId: string, instanceType: string): readonly Problem[] {
  return rules.judgeBatchDelete({ instance_id: instanceId, instance_type: instanceType });
}

/** One field of a secret, judged as in a new one. */
export function judgeField(field: string, text: string): readonly Problem[] {
  const entry = { name: "any", secret_string: "any", [field]: text };
  return rules.judgeEntry(entry).filter((problem) => problem.field === field);
}

export function judgeTag(key: string, value: string): readonly Problem[] {
  return [rules.judgeTagKey(key), rules.judgeTagValue(value)].filter((problem) => problem !== undefined);
}

export function judgeStage(_stage: string): readonly Problem[] {
  return [];
}

export function judgeExpiry(_moment: number | undefined, _now: number): readonly Problem[] {
  return [];
}

export interface GivenVersion {
  kind: "text" | "base64";
  value: string;
  /** None for the usual ones. */
  stages: readonly string[] | undefined;
  expires: number | undefined;
}

export function judgeVersion(given: GivenVersion, _now: number): readonly Problem[] {
  const field = given.kind === "text" ? "secret_string" : "secret_binary";
  const value = given.value === "" ? undefined : given.value;
  return rules.judgeEntry({ name: "any", [field]: value }).filter((problem) => problem.field !== "name");
}

export function judgeQuery(_query: string): readonly Problem[] {
  return [];
}

export const limits = rules.limits;
