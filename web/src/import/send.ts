// Sending an import: in one transaction where it fits into one, so that it can be all or nothing; else in several, with
// the outcomes coming while they are stored.

import { Code, ConnectError } from "@connectrpc/connect";
import type { Outcome } from "../../generated/strongroom/v1/batches_pb";
import { batches } from "../api/client";
import { rejectionOf } from "../api/rejection";
import { progress } from "../batches/progress";
import type { BatchAnswer, RequestOptions } from "../batches/use-preview";
import type { ImportRequest } from "./request";

export async function sendImport({ inParts, ...request }: ImportRequest & RequestOptions): Promise<BatchAnswer> {
  if (!inParts) return batches.batchImportSecrets(request);
  const { secrets, onExisting, onPending, dryRun } = request;
  const outcomes: Outcome[] = [];
  let batchId = "";
  let finished = false;
  progress.value = { done: 0, total: secrets.length };
  try {
    // As long as it takes: while it goes on, it says so.
    const answers = batches.importSecretsWithProgress(
      { secrets, options: { onExisting, onPending, dryRun } },
      { timeoutMs: 0 },
    );
    for await (const answer of answers) {
      outcomes.push(...answer.outcomes);
      batchId = answer.progress?.batchId || batchId;
      finished = answer.progress?.finished ?? false;
      progress.value = { done: outcomes.length, total: secrets.length };
    }
    // An end without a word of why is no success.
    if (!finished || outcomes.length < secrets.length) {
      throw new ConnectError("The server stopped before it reported all entries. Try again.", Code.DataLoss);
    }
    return { outcomes, batchId, dryRunToken: "" };
  } catch (thrown) {
    // Of a preview nothing is lost, and who is rejected before the first answer has stored nothing. Else what was told is
    // done, and more may be: it is not simply sent again, because a stream has no name that keeps it from being done twice.
    const broken = rejectionOf(thrown);
    if (dryRun || (outcomes.length === 0 && broken.code !== "")) throw thrown;
    return { outcomes, batchId, dryRunToken: "", broken };
  } finally {
    progress.value = undefined;
  }
}
