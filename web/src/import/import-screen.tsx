// Importing: give the entries, see what is wrong while writing, see what would become of each, and only then import them.

import { useEffect, useRef } from "preact/hooks";
import { Action, type Outcome } from "../../generated/strongroom/v1/batches_pb";
import { loadLimits } from "../api/limits";
import { changes } from "../batches/outcomes-table";
import { PreviewPanel } from "../batches/preview-panel";
import { ProgressBar } from "../batches/progress";
import { ResultPanel } from "../batches/result-panel";
import { usePreview } from "../batches/use-preview";
import { dismiss } from "../components/toast";
import { countSecrets, showNumber } from "../numbers";
import { useUnsaved } from "../unsaved";
import * as room from "./capacity";
import { ConflictPolicyFields, choices, onlyIfDifferent } from "./conflict-policy";
import { EntriesForm } from "./entries-form";
import { startReader, stopReader } from "./reader";
import { importRequest, leftOf, rejectedOf, repeatable } from "./request";
import { sendImport } from "./send";
import { ShowValue } from "./show-value";
import * as state from "./state";

export function ImportScreen() {
  const plan = usePreview(sendImport);
  const { planned, done, sending } = plan;
  /** The entries of the preview, and how many were held back because of their problems. */
  const sent = useRef<readonly state.ValidatedEntry[]>([]);
  const held = useRef(0);
  const inParts = useRef(false);

  useEffect(() => {
    startReader();
    // Others may have stored secrets meanwhile.
    void loadLimits();
    return () => {
      if (!state.hasEntries.peek()) stopReader();
    };
  }, []);

  useUnsaved("The entries of this import are", state.hasEntries.value, { discard: state.forget });

  async function start() {
    // Limits asked for when the screen was opened may be old: what is sent is validated by those of now.
    await loadLimits();
    if (state.batchProblems.value.length > 0) return;
    sent.current = state.good.value;
    held.current = state.bad.value.length;
    inParts.current = room.inParts.value;
    // What was said about the entries is past.
    dismiss();
    preview();
  }

  const preview = () => void plan.preview(importRequest(sent.current, choices.value, inParts.current));

  // Only the server knows for sure what fits into one step; in parts it can be shown all the same.
  useEffect(() => {
    if (!plan.unseen || sending.busy) return;
    inParts.current = true;
    preview();
  }, [plan.unseen, sending.busy]);

  function goBack() {
    if (planned !== undefined) state.mark(rejectedOf(sent.current, planned.outcomes));
    plan.reset();
  }

  useEffect(() => {
    if (done === undefined) return;
    const left = leftOf(sent.current, done.outcomes);
    for (const entry of state.bad.value) left.set(entry.index, []);
    if (done.broken !== undefined) onlyIfDifferent();
    state.keepOnly(left, done.broken === undefined ? undefined : repeatable);
    sent.current = [];
    void loadLimits();
  }, [done]);

  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Import secrets</h1>
      </div>
      {done !== undefined && (
        <ResultPanel
          answer={done}
          undoable="BatchImportSecrets"
          whenBroken="The other entries are still in the form: a new preview shows what is left to do, and a version is added only where the value differs."
        >
          <WaysOn broken={done.broken !== undefined} reset={plan.reset} />
        </ResultPanel>
      )}
      {planned !== undefined && done === undefined && (
        <div class="stack">
          <ConflictPolicyFields inParts={inParts.current} onChange={preview} />
          <PreviewPanel
            answer={planned}
            title={titleOf(planned.outcomes)}
            sending={sending}
            wording={(count) => `Import ${countSecrets(count)}`}
            apply={() => void plan.apply()}
            again={preview}
            placeOf={(outcome) => sent.current[outcome.index]?.place ?? ""}
            control={(outcome, tabIndex) => <ShowValue entry={sent.current[outcome.index]} tabIndex={tabIndex} />}
            notes={<Notes held={held.current} inParts={inParts.current} />}
            acts={
              <button class="button" type="button" onClick={goBack}>
                Back to the entries
              </button>
            }
          >
            <ProgressBar />
          </PreviewPanel>
        </div>
      )}
      {planned === undefined && done === undefined && <EntriesForm sending={sending} preview={() => void start()} />}
    </>
  );
}

function Notes({ held, inParts }: { held: number; inParts: boolean }) {
  return (
    <>
      {held > 0 && (
        <p class="notice">
          {held === 1
            ? "1 entry with problems is not part of it, and stays in the form."
            : `${showNumber(held)} entries with problems are not part of it, and stay in the form.`}
        </p>
      )}
      {inParts && (
        <p class="notice">
          These are too many for one transaction, so they are stored part by part: not all or nothing, and what others
          change between this preview and the import does not stop it. Each entry is validated again when its turn
          comes.
        </p>
      )}
    </>
  );
}

function titleOf(outcomes: readonly Outcome[]): string {
  const rejected = outcomes.filter((outcome) => outcome.action === Action.REJECTED).length;
  const withheld = outcomes.some((outcome) => outcome.action === Action.WITHHELD);
  if (withheld) return `Nothing would be imported, because ${showNumber(rejected)} would be rejected`;
  return `${showNumber(changes(outcomes).length)} of ${countSecrets(outcomes.length)} would be imported`;
}

function WaysOn({ broken, reset }: { broken: boolean; reset: () => void }) {
  const left = state.validated.value.length;
  const those = left === 1 ? "the one" : `the ${showNumber(left)}`;
  return (
    <>
      <button class="button primary" type="button" onClick={reset}>
        {left === 0 ? "Import more" : `${broken ? "Go on with" : "Fix"} ${those} left`}
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
          {left === 1 ? "Discard it" : "Discard them"}
        </button>
      )}
      <a class="button" href="#/secrets">
        See the secrets
      </a>
    </>
  );
}
