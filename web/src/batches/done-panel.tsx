// What a batch has done: in numbers, one by one, and how to take it back.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Refused } from "../parts/refused";
import { batchAddress } from "../route";
import type { Refusal } from "../server/refusal";
import { OutcomesTable } from "./outcomes-table";
import type { BatchAnswer } from "./plan";
import { UndoDialog } from "./undo-dialog";
import { countActions, summary } from "./words";

interface DonePanelProps {
  answer: BatchAnswer;
  /** Whether it can be taken back at all. */
  undoable: boolean;
  /** Why it ended before all of it was done. */
  broken?: Refusal | undefined;
  onUndone?: () => void;
  /** Ways on. */
  children?: ComponentChildren;
}

export function DonePanel({ answer, undoable, broken, onUndone, children }: DonePanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const [undoing, setUndoing] = useState(false);
  const [undone, setUndone] = useState(false);
  const changed = answer.batchId !== "";

  useEffect(() => heading.current?.focus(), []);

  return (
    <section class="card stack done" aria-labelledby="done-title">
      <h2 id="done-title" tabIndex={-1} ref={heading}>
        {summary(countActions(answer.outcomes)) || "Nothing was done"}
      </h2>
      {!changed && <p>Nothing was changed.</p>}
      {/* Without a code the words are the browser's, and tell a person nothing. */}
      <Refused refusal={broken?.code === "" ? undefined : broken} />
      {broken !== undefined && (
        <p class="notice">
          The connection ended before all of it was told. What is listed here is done; the batch tells about the rest.
        </p>
      )}
      {undone && <p class="notice">The batch was taken back.</p>}
      <OutcomesTable label="Outcomes" outcomes={answer.outcomes} done />
      <div class="actions start">
        {children}
        {changed && (
          <a class="button" href={batchAddress(answer.batchId)}>
            See the batch
          </a>
        )}
        {changed && undoable && !undone && (
          <button class="button" type="button" onClick={() => setUndoing(true)}>
            Undo…
          </button>
        )}
      </div>
      {undoing && (
        <UndoDialog
          batchId={answer.batchId}
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
