// What a batch has done: in numbers, one by one, and how to undo it.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ErrorMessage } from "../components/error-message";
import { BATCHES, batchAddress } from "../route";
import { countActions, summary } from "./labels";
import { OutcomesTable } from "./outcomes-table";
import { UndoDialog } from "./undo-dialog";
import { type BatchAnswer, batchIdsOf } from "./use-preview";

interface ResultPanelProps {
  answer: BatchAnswer;
  /** What was done, if that can be undone at all. */
  undoable?: string | undefined;
  /** What it means for the rest that it ended before all of it was done. */
  whenBroken?: string;
  onUndone?: () => void;
  /** Ways on. */
  children?: ComponentChildren;
}

export function ResultPanel({ answer, undoable, whenBroken, onUndone, children }: ResultPanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const [undoing, setUndoing] = useState(false);
  const [undone, setUndone] = useState(false);
  const { outcomes, broken } = answer;
  const batchIds = batchIdsOf(answer);
  const changed = batchIds.length > 0;

  useEffect(() => heading.current?.focus(), []);

  return (
    <section class="card stack done" aria-labelledby="done-title">
      <h2 id="done-title" tabIndex={-1} ref={heading}>
        {summary(countActions(outcomes)) || (broken ? "Outcome unknown" : "Nothing was done")}
      </h2>
      {!changed && broken === undefined && <p>Nothing was changed.</p>}
      {/* Without a code the words are the browser's, and tell a person nothing. */}
      <ErrorMessage rejection={broken?.code === "" ? undefined : broken} />
      {broken !== undefined && (
        <p class="notice">
          {broken.code === "" &&
            (outcomes.length > 0
              ? "Connection lost. The outcomes listed here are done; open the batch to see the rest. "
              : "Connection lost before the first outcome arrived. If anything was done, it is the newest batch. ")}
          {whenBroken ?? "The outcomes listed here are done. Nothing else was changed."}
        </p>
      )}
      {undone && <p class="notice">The batch was undone.</p>}
      {outcomes.length > 0 && <OutcomesTable label="Outcomes" outcomes={outcomes} done />}
      <div class="actions start">
        {children}
        {batchIds.length === 1 && (
          <a class="button" href={batchAddress(batchIds[0] ?? "")}>
            See the batch
          </a>
        )}
        {(batchIds.length > 1 || (!changed && broken !== undefined)) && (
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
          batchIds={batchIds}
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
