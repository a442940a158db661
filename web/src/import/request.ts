// From entries that passed the rules to a request, and from its answer back to the entries.

import { Action, type BatchImportSecretsResponse, type Outcome } from "../../generated/strongroom/v1/batches_pb";
import type { NewSecret } from "../../generated/strongroom/v1/secrets_pb";
import type { Problem } from "../rules";
import type { Choices } from "./choices";
import { newSecret } from "./new-secret";
import type { Judged } from "./state";

export interface ImportRequest extends Choices {
  secrets: NewSecret[];
}

export function importRequest(sent: readonly Judged[], choices: Choices): ImportRequest {
  return { ...choices, secrets: sent.map(({ entry, line }) => newSecret(entry, line)) };
}

/** What the server said about entries it did not import, by their place in the form or text. */
export function leftOf(sent: readonly Judged[], { outcomes }: BatchImportSecretsResponse): Map<number, readonly Problem[]> {
  const left = new Map<number, readonly Problem[]>();
  for (const outcome of outcomes) {
    const entry = sent[outcome.index];
    if (entry === undefined) continue;
    if (outcome.action === Action.REFUSED) left.set(entry.index, problemsOf(outcome));
    if (outcome.action === Action.WITHHELD) left.set(entry.index, []);
  }
  return left;
}

function problemsOf({ problems, reason, message, nextStep }: Outcome): readonly Problem[] {
  return problems.length > 0 ? problems : [{ field: "", code: reason, message: `${message} ${nextStep}`.trim() }];
}
