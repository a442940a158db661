// What is too large for one transaction, and so cannot be shown before it is done: that is said, and it takes another button.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { RequestState } from "../api/request";
import { ErrorMessage } from "../components/error-message";
import { BATCHES } from "../route";
import { ProgressBar } from "./progress";

interface UnseenPanelProps {
  sending: RequestState;
  /** What the button says. */
  wording: string;
  apply: () => void;
  /** It cannot be undone. */
  danger?: boolean;
  /** Other buttons, before the one that does it. */
  acts?: ComponentChildren;
  /** What it would do, as far as that is known. */
  children?: ComponentChildren;
}

export function NoPreviewPanel({ sending, wording, apply, danger, acts, children }: UnseenPanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Without a code it is the line that broke, not the server that rejected.
  const { rejection, busy } = sending;
  const broken = rejection !== undefined && rejection.code === "";

  useEffect(() => heading.current?.focus(), []);

  return (
    <section class="card stack plan" aria-labelledby="unseen-title">
      <h2 id="unseen-title" tabIndex={-1} ref={heading}>
        No preview is available
      </h2>
      <p class="notice">
        This is too large for one transaction, so there is no preview. It is done in several transactions, and what
        cannot be done is rejected one by one.
      </p>
      {children}
      <ErrorMessage rejection={broken ? undefined : rejection} />
      {broken && (
        <p class="rejected" role="alert">
          Connection lost before the answer arrived. All or part of it may have been done.{" "}
          <a href={BATCHES}>The batches</a> show what was done. You can press again: nothing is done twice.
        </p>
      )}
      <ProgressBar of="requests" />
      <div class="actions start">
        {acts}
        <button class={danger ? "button danger" : "button primary"} type="button" aria-disabled={busy} onClick={apply}>
          {busy ? "Working…" : wording}
        </button>
      </div>
    </section>
  );
}
