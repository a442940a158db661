// What a batch has done: in numbers, one by one, and how to undo it.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Rejection } from "../api/rejection";
import { ErrorMessage } from "../components/error-message";
import { BATCHES, batchAddress } from "../route";
import { countActions, summary } from "./labels";
import { OutcomesTable } from "./outcomes-table";
import { UndoDialog } from "./undo-dialog";
import type { BatchAnswer } from "./use-preview";

interface DonePanelProps {
  answer: BatchAnswer;
  /** What was done, if that can be undone at all. */
  undoable?: string | undefined;
  /** Why it ended before all of it was done. */
  broken?: Rejection | undefined;
  onUndone?: () => void;
  /** Ways on. */
  children?: ComponentChildren;
}

export function ResultPanel({ answer, undoable, broken, onUndone, children }: DonePanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const [undoing, setUndoing] = useState(false);
  const [undone, setUndone] = useState(false);
  const changed = answer.batchId !== "";

  useEffect(() => heading.current?.focus(), []);

  return (
    <section class="card stack done" aria-labelledby="done-title">
      <h2 id="done-title" tabIndex={-1} ref={heading}>
        {summary(countActions(answer.outcomes)) || (broken ? "Outcome unknown" : "Nothing was done")}
      </h2>
      {!changed && broken === undefined && <p>Nothing was changed.</p>}
      {/* Without a code the words are the browser's, and tell a person nothing. */}
      <ErrorMessage rejection={broken?.code === "" ? undefined : broken} />
      {broken !== undefined && (
        <p class="notice">
          {answer.outcomes.length > 0
            ? "Connection lost. The outcomes listed here are done; open the batch to see the rest."
            : "Connection lost before the first outcome arrived. If anything was done, it is the newest batch."}{" "}
          What was not told is still in the form: a new preview shows what is left to do, and a version is added only
          where the value differs.
        </p>
      )}
      {undone && <p class="notice">The batch was undone.</p>}
      {answer.outcomes.length > 0 && <OutcomesTable label="Outcomes" outcomes={answer.outcomes} done />}
      <div class="actions start">
        {children}
        {changed && (
          <a class="button" href={batchAddress(answer.batchId)}>
            See the batch
          </a>
        )}
        {!changed && broken !== undefined && (
          <a class="button" href={BATCHES}>
            See the batches
          </a>
        )}
        {changed && undoable !== undefined && !undone && (
          <button class="button" type="button" onClick={() => setUndoing(true)}>
            Undo…
          </button>
        )}
      </div>
      {undoing && undoable !== undefined && (
        <UndoDialog
          batchId={answer.batchId}
          operation={undoable}
          onUndone={() => {
            setUndone(true);
            onUndone?.();
          }}
          onClose={() => setUndoing(false)}
        />
      )}
    </section>
  );
}
