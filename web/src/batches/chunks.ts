// More than one request takes, done in several: one after the other, previewed and answered as if it had been one.

import type { CallOptions } from "@connectrpc/connect";
import { rejectionOf } from "../api/rejection";
import { progress } from "./progress";
import type { BatchAnswer, RequestOptions } from "./use-preview";

type Call<Request, Answer> = (request: Request & RequestOptions, options?: CallOptions) => Promise<Answer>;

/** `split` says which requests there are. Each has its own token and its own name, so that each is done once at most. */
export function inChunks<Whole extends object, Part, Answer extends BatchAnswer & { total: number }>(
  call: Call<Part, Answer>,
  split: (whole: Whole) => readonly Part[],
): Call<Whole, Answer> {
  return async (whole, options) => {
    const { dryRun, dryRunToken, requestId } = whole;
    const parts = split(whole);
    const tokens = dryRunToken.split(" ");
    const answers: Answer[] = [];
    try {
      for (const [index, part] of parts.entries()) {
        if (parts.length > 1) progress.value = { done: index, total: parts.length };
        const own = {
          dryRun,
          dryRunToken: tokens[index] ?? "",
          requestId: requestId === "" || parts.length === 1 ? requestId : `${requestId}-${index}`,
        };
        answers.push(await call({ ...part, ...own }, options));
      }
    } catch (thrown) {
      const broken = rejectionOf(thrown);
      // Without a code it is the line that broke: pressing again is answered as the first time, and goes on from there.
      if (dryRun || answers.length === 0 || broken.code === "") throw thrown;
      return { ...merged(answers), broken };
    } finally {
      progress.value = undefined;
    }
    return merged(answers);
  };
}

function merged<Answer extends BatchAnswer & { total: number }>(answers: readonly Answer[]): Answer {
  const [first] = answers;
  if (first === undefined) throw new Error("there is nothing to ask for");
  if (answers.length === 1) return first;
  return {
    ...first,
    outcomes: answers.flatMap((answer) => answer.outcomes).map((outcome, index) => ({ ...outcome, index })),
    total: answers.reduce((sum, answer) => sum + answer.total, 0),
    batchIds: answers.map((answer) => answer.batchId),
    dryRunToken: answers.map((answer) => answer.dryRunToken).join(" "),
  };
}

/** The list in pieces of at most so many. */
export function chunksOf<Item>(items: readonly Item[], most: number): Item[][] {
  const size = Math.max(1, most);
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
