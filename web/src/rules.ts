// The server's own rules, compiled for the browser: the same words before anything is sent.

import load, * as rules from "../generated/validation/strongroom_validation";
import compiled from "../generated/validation/strongroom_validation_bg.wasm?url";
import { allowed } from "./api/limits";

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
  for (const { index, ...problem } of rules.judgeEntries(given, allowed.value).problems) {
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
  return all(rules.judgeRecoveryWindow(days));
}

export function judgeConditions(instanceId: string, instanceType: string): readonly Problem[] {
  return rules.judgeBatchDelete({ instance_id: instanceId, instance_type: instanceType }, allowed.value);
}

/** A password that the user of this name chooses. */
export function judgeUserPassword(password: string, userName: string): readonly Problem[] {
  return all(rules.judgeUserPassword(password, userName));
}

/** A new secret. */
export function judgeEntry(given: Record<string, unknown>): readonly Problem[] {
  return rules.judgeEntry(given, allowed.value);
}

/** One field of a secret, validated as in a new one. */
export function judgeField(field: string, given: unknown): readonly Problem[] {
  return judgeFields([field], { [field]: given });
}

/** Some fields of a secret that depend on each other, validated as in a new one. */
export function judgeFields(fields: readonly string[], given: Record<string, unknown>): readonly Problem[] {
  const entry = { name: "any", secret_string: "any", ...given };
  return rules.judgeEntry(entry, allowed.value).filter((problem) => fields.includes(problem.field));
}

export function judgeTag(key: string, value: string): readonly Problem[] {
  return all(rules.judgeTagKey(key), rules.judgeTagValue(value));
}

export function judgeStage(stage: string): readonly Problem[] {
  return all(rules.judgeStageName(stage));
}

export function judgeExpiry(moment: number, now: number): readonly Problem[] {
  return all(rules.judgeExpireTime(moment, now));
}

/** A version as JSON would spell it; what is not given is left out. */
export interface GivenVersion {
  secret_string?: string;
  secret_binary?: string;
  version_stages?: readonly string[];
  expire_time?: number;
}

export function judgeVersion(given: GivenVersion, now: number): readonly Problem[] {
  return rules.judgeVersion(given, now, allowed.value);
}

export function judgeQuery(query: string): readonly Problem[] {
  return rules.judgeSearchQuery(query);
}

export const limits = rules.limits;

function all(...problems: (Problem | undefined)[]): readonly Problem[] {
  return problems.filter((problem) => problem !== undefined);
}
