// From entries that passed the rules to a request, and from its answer back to the entries.

import { Action, type Outcome } from "../../generated/strongroom/v1/batches_pb";
import type { NewSecret } from "../../generated/strongroom/v1/secrets_pb";
import type { Problem } from "../rules";
import type { Choices } from "./conflict-policy";
import { newSecret } from "./new-secret";
import type { FileEntry } from "./reader";
import type { ValidatedEntry } from "./state";

export interface ImportRequest extends Choices {
  secrets: NewSecret[];
  /** Too much for one step. */
  inParts: boolean;
}

export function importRequest(sent: readonly ValidatedEntry[], choices: Choices, inParts: boolean): ImportRequest {
  return { ...choices, inParts, secrets: sent.map(({ entry, line }) => newSecret(entry, line)) };
}

/** An entry that may be stored already: sent again it must not get the same version twice. */
export function repeatable(entry: FileEntry): FileEntry {
  return entry.on_existing === "NEW_VERSION" ? { ...entry, on_existing: "NEW_VERSION_IF_DIFFERENT" } : entry;
}

/** What the server said about entries it did not import, by their place in the form or text. */
export function leftOf(sent: readonly ValidatedEntry[], outcomes: readonly Outcome[]): Map<number, readonly Problem[]> {
  // An import in parts may have ended before all of them had their turn.
  const left = new Map<number, readonly Problem[]>(sent.map((entry) => [entry.index, []]));
  for (const outcome of outcomes) {
    const entry = sent[outcome.index];
    if (entry === undefined || outcome.action === Action.WITHHELD) continue;
    if (outcome.action === Action.REJECTED) left.set(entry.index, problemsOf(outcome));
    else left.delete(entry.index);
  }
  return left;
}

/** What the server rejected, by the place in the form or text. */
export function rejectedOf(
  sent: readonly ValidatedEntry[],
  outcomes: readonly Outcome[],
): Map<number, readonly Problem[]> {
  const left = leftOf(sent, outcomes);
  return new Map([...left].filter(([, problems]) => problems.length > 0));
}

function problemsOf({ problems, reason, message, nextStep }: Outcome): readonly Problem[] {
  return problems.length > 0 ? problems : [{ field: "", code: reason, message: `${message} ${nextStep}`.trim() }];
}
