// How far a batch is that is done in several requests or transactions.

import { signal } from "@preact/signals";
import { showNumber } from "../numbers";

/** Nothing while none is running. */
export const progress = signal<{ done: number; total: number } | undefined>(undefined);

/** `of` is what is counted, as in "3 of 10 requests". */
export function ProgressBar({ of = "" }: { of?: string }) {
  const known = progress.value;
  if (known === undefined) return null;
  const { done, total } = known;
  return (
    <div class="progress">
      <progress value={done} max={total} aria-label="Progress" />
      <p class="hint">
        {showNumber(done)} of {showNumber(total)} {of}
      </p>
    </div>
  );
}
