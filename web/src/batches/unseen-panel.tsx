// What is too much for one step, and so cannot be shown before it is done: that is said, and it takes another button.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Refused } from "../parts/refused";
import type { Sending } from "../parts/use-send";
import { BATCHES } from "../route";

interface UnseenPanelProps {
  sending: Sending;
  /** What the button says. */
  wording: string;
  apply: () => void;
  /** Other buttons, before the one that does it. */
  acts?: ComponentChildren;
  /** What it would do, as far as that is known. */
  children?: ComponentChildren;
}

export function UnseenPanel({ sending, wording, apply, acts, children }: UnseenPanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Without a code it is the line that broke, not the server that refused.
  const { refusal, busy } = sending;
  const broken = refusal !== undefined && refusal.code === "";

  useEffect(() => heading.current?.focus(), []);

  return (
    <section class="card stack plan" aria-labelledby="unseen-title">
      <h2 id="unseen-title" tabIndex={-1} ref={heading}>
        There can be no preview
      </h2>
      <p class="notice">
        This is too much for one step, so what it would do cannot be shown before. It is done part by part, and what cannot be
        done is refused one by one.
      </p>
      {children}
      <Refused refusal={broken ? undefined : refusal} />
      {broken && (
        <p class="refused" role="alert">
          The connection ended before the answer came, so it may be done, all of it or a part.{" "}
          <a href={BATCHES}>The batches</a> tell. Press again if you like: nothing is done twice.
        </p>
      )}
      <div class="actions start">
        {acts}
        <button class="button primary" type="button" aria-disabled={busy} onClick={apply}>
          {busy ? "Working…" : wording}
        </button>
      </div>
    </section>
  );
}
