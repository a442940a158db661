// Importing: give the entries, see what is wrong while writing, see what would become of each, and only then import them.

import { useEffect, useRef } from "preact/hooks";
import { Action, type Outcome } from "../../generated/strongroom/v1/batches_pb";
import { DonePanel } from "../batches/done-panel";
import { changes } from "../batches/outcomes-table";
import { usePlan } from "../batches/plan";
import { PlanPanel } from "../batches/plan-panel";
import { countSecrets, showNumber } from "../numbers";
import { batches } from "../server/client";
import { loadLimits } from "../server/limits";
import { session } from "../server/session";
import { ChoicesFields, choices } from "./choices";
import { EntriesForm } from "./entries-form";
import { loadReaders } from "./file-reader";
import { importRequest, leftOf } from "./request";
import { ShowValue } from "./show-value";
import * as state from "./state";

export function ImportScreen() {
  const plan = usePlan(batches.batchImportSecrets);
  const { planned, done, sending } = plan;
  /** The entries of the preview, and how many were held back because of their problems. */
  const sent = useRef<readonly state.Judged[]>([]);
  const held = useRef(0);

  useEffect(() => {
    void loadReaders();
    // Others may have stored secrets meanwhile.
    void loadLimits();
    return () => {
      // Values are kept no longer than the screen is open, unless the session expired over the work.
      if (session.value !== undefined) state.forget();
    };
  }, []);

  async function start() {
    // Limits asked for when the screen was opened may be old: what is sent is judged by those of now.
    await loadLimits();
    if (state.batchProblems.value.length > 0) return;
    sent.current = state.good.value;
    held.current = state.bad.value.length;
    preview();
  }

  const preview = () => void plan.preview(importRequest(sent.current, choices.value));

  function goBack() {
    if (planned !== undefined) state.mark(leftOf(sent.current, planned));
    plan.reset();
  }

  useEffect(() => {
    if (done === undefined) return;
    const left = leftOf(sent.current, done);
    for (const entry of state.bad.value) left.set(entry.index, []);
    state.keepOnly(left);
    sent.current = [];
    void loadLimits();
  }, [done]);

  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Import secrets</h1>
      </div>
      {done !== undefined && (
        <DonePanel answer={done} undoable>
          <WaysOn reset={plan.reset} />
        </DonePanel>
      )}
      {planned !== undefined && done === undefined && (
        <div class="stack">
          <ChoicesFields inParts={false} onChange={preview} />
          <PlanPanel
            answer={planned}
            title={titleOf(planned.outcomes)}
            sending={sending}
            wording={(count) => `Import ${countSecrets(count)}`}
            apply={() => void plan.apply()}
            again={preview}
            placeOf={(outcome) => sent.current[outcome.index]?.place ?? ""}
            control={(outcome, tabIndex) => <ShowValue entry={sent.current[outcome.index]} tabIndex={tabIndex} />}
            notes={
              held.current > 0 && <p class="notice">{showNumber(held.current)} with problems are not part of it, and stay where they are.</p>
            }
            acts={
              <button class="button" type="button" onClick={goBack}>
                Back to the entries
              </button>
            }
          />
        </div>
      )}
      {planned === undefined && done === undefined && <EntriesForm sending={sending} preview={() => void start()} />}
    </>
  );
}

function titleOf(outcomes: readonly Outcome[]): string {
  const refused = outcomes.filter((outcome) => outcome.action === Action.REFUSED).length;
  const withheld = outcomes.some((outcome) => outcome.action === Action.WITHHELD);
  if (withheld) return `Nothing would be imported, because ${showNumber(refused)} would be refused`;
  return `${showNumber(changes(outcomes).length)} of ${countSecrets(outcomes.length)} would be imported`;
}

function WaysOn({ reset }: { reset: () => void }) {
  const left = state.judged.value.length;
  return (
    <>
      <button class="button primary" type="button" onClick={reset}>
        {left > 0 ? `Repair the ${showNumber(left)} left` : "Import more"}
      </button>
      {left > 0 && (
        <button
          class="button"
          type="button"
          onClick={() => {
            state.forget();
            reset();
          }}
        >
          {left === 1 ? "Drop it" : "Drop them"}
        </button>
      )}
      <a class="button" href="#/secrets">
        See the secrets
      </a>
    </>
  );
}
