// What a batch would do: in numbers, one by one, and the button that does it.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Outcome } from "../../generated/strongroom/v1/batches_pb";
import type { RequestState } from "../api/request";
import { ErrorMessage } from "../components/error-message";
import { changes, OutcomesTable } from "./outcomes-table";
import type { BatchAnswer } from "./use-preview";

interface PlanPanelProps {
  answer: BatchAnswer;
  title: string;
  sending: RequestState;
  /** What the button says, given how many it would change. */
  wording: (count: number) => string;
  danger?: boolean;
  /** Something else has to be said first. */
  held?: boolean;
  apply: () => void;
  again: () => void;
  placeOf?: ((outcome: Outcome) => string) | undefined;
  control?: ((outcome: Outcome, tabIndex: number) => ComponentChildren) | undefined;
  /** What else there is to know, above the outcomes. */
  notes?: ComponentChildren;
  /** Between outcomes and button. */
  children?: ComponentChildren;
  /** Other buttons, before the one that does it. */
  acts?: ComponentChildren;
}

export function PreviewPanel(props: PlanPanelProps) {
  const { answer, title, sending, wording, danger, held, apply, again, placeOf, control, notes, children, acts } =
    props;
  const heading = useRef<HTMLHeadingElement>(null);
  const count = changes(answer.outcomes).length;
  // What the server has rejected it would reject again; what never reached it can be sent again.
  const rejected = sending.rejection !== undefined && sending.rejection.code !== "";
  const ready = count > 0 && !held && !rejected && !sending.busy;
  const more = { ...(placeOf && { placeOf }), ...(control && { control }) };

  useEffect(() => heading.current?.focus(), []);

  return (
    <section class="card stack plan" aria-labelledby="plan-title">
      <h2 id="plan-title" tabIndex={-1} ref={heading} aria-live="polite">
        {title}
      </h2>
      <p class="hint">A preview: the server has checked everything and changed nothing.</p>
      {notes}
      {answer.outcomes.length > 0 && (
        <OutcomesTable label="Preview" outcomes={answer.outcomes} done={false} {...more} />
      )}
      {children}
      <ErrorMessage rejection={sending.rejection} />
      {sending.rejection?.code === "" && (
        <p>The change may have been made. Press the same button again: nothing is done twice.</p>
      )}
      <div class="actions start">
        {acts}
        {sending.rejection !== undefined && (
          <button
            class={rejected ? "button primary" : "button"}
            type="button"
            aria-disabled={sending.busy}
            onClick={again}
          >
            Preview again
          </button>
        )}
        {answer.outcomes.length > 0 && (
          <button
            class={danger ? "button danger" : "button primary"}
            type="button"
            aria-disabled={!ready}
            onClick={() => ready && apply()}
          >
            {sending.busy ? "Working…" : wording(count)}
          </button>
        )}
      </div>
    </section>
  );
}
