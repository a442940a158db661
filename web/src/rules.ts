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

export const limits = rules.limits;
