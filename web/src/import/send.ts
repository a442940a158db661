// Sending the entries that passed, and keeping the others: what is stored cannot be sent twice by accident.

import { signal } from "@preact/signals";
import type { RefusedEntry } from "../../generated/strongroom/v1/batches_pb";
import type { Problem } from "../rules";
import { batches } from "../server/client";
import { loadLimits } from "../server/limits";
import { readReason } from "../server/reason";
import { newSecret } from "./new-secret";
import * as state from "./state";

/** What became of one entry that was sent. */
export interface Outcome {
  place: string;
  name: string;
  /** Why it was refused; empty when it was stored. */
  problems: readonly Problem[];
}

export interface Report {
  outcomes: readonly Outcome[];
  /** Entries that were not sent, because the rules had refused them before. */
  unsent: number;
}

export const report = signal<Report | undefined>(undefined);

export async function send(): Promise<void> {
  // Limits asked for when the screen was opened may be old: what is sent is judged by those of now.
  await loadLimits();
  const sent = state.good.value;
  if (sent.length === 0 || state.batchProblems.value.length > 0) return;
  const held = state.bad.value;
  const answer = await batches.batchImportSecrets({ secrets: sent.map((entry) => newSecret(entry.entry)) });

  const refused = new Map(answer.errorList.map((entry) => [entry.index, problemsOf(entry)]));
  const outcomes = sent.map(({ place, name }, index) => ({ place, name, problems: refused.get(index) ?? [] }));

  // By the place in the form or text, which is not the place in the request.
  const left = new Map<number, readonly Problem[]>();
  for (const entry of held) left.set(entry.index, []);
  sent.forEach((entry, index) => {
    const problems = refused.get(index);
    if (problems !== undefined) left.set(entry.index, problems);
  });
  keepOnly(left);
  void loadLimits();
  report.value = { outcomes, unsent: held.length };
}

function keepOnly(left: ReadonlyMap<number, readonly Problem[]>): void {
  if (state.source.value === "hand") state.keepDrafts(left);
  else state.keepInText(left);
}

function problemsOf(entry: RefusedEntry): readonly Problem[] {
  if (entry.problems.length > 0) return entry.problems;
  return [{ field: "", ...readReason(entry.errorMsg) }];
}
