// Importing: choose where the entries come from, see what is wrong while writing, send what is right.

import { useEffect, useRef } from "preact/hooks";
import { countSecrets, showNumber } from "../numbers";
import { Refused } from "../parts/refused";
import { useSend } from "../parts/use-send";
import { limits } from "../rules";
import { allowed, loadLimits } from "../server/limits";
import { session } from "../server/session";
import { ByHand } from "./by-hand";
import { FromText } from "./from-text";
import { Outcomes } from "./outcomes";
import { report, send } from "./send";
import * as state from "./state";

export function ImportScreen() {
  useEffect(() => {
    // Others may have stored secrets meanwhile.
    void loadLimits();
    return () => {
      // Values are kept no longer than the screen is open, unless the session expired over the work.
      if (session.value !== undefined) state.forget();
      report.value = undefined;
    };
  }, []);

  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Import secrets</h1>
      </div>
      {report.value === undefined ? <Form /> : <Outcomes report={report.value} />}
    </>
  );
}

function Form() {
  const form = useRef<HTMLFormElement>(null);
  const { busy, refusal, send: sendOnce } = useSend();
  const good = state.good.value.length;
  const total = state.judged.value.length;
  const ready = good > 0 && (total === 0 || state.batchProblems.value.length === 0);

  function submit(event: Event) {
    event.preventDefault();
    if (!ready) {
      form.current?.querySelector<HTMLElement>("[aria-invalid=true], input:not([type=radio]), textarea")?.focus();
      return;
    }
    void sendOnce(send);
  }

  return (
    <form ref={form} onSubmit={submit} noValidate>
      <div class="segments" role="radiogroup" aria-label="Where the entries come from">
        <Segment value="hand" label="By hand" />
        <Segment value="text" label="From a JSON body" />
      </div>
      <Limits />
      {state.source.value === "hand" ? <ByHand /> : <FromText />}
      <div class="send-bar">
        <Counts />
        <Refused refusal={refusal} />
        <button class="button primary" type="submit" aria-disabled={busy || !ready}>
          {busy ? "Importing…" : wording(good, total)}
        </button>
      </div>
    </form>
  );
}

function wording(good: number, total: number): string {
  if (good === 0) return "Import";
  if (good < total) return `Import ${good} of ${countSecrets(total)}`;
  return `Import ${countSecrets(good)}`;
}

function Segment({ value, label }: { value: state.Source; label: string }) {
  return (
    <label class="segment">
      <input
        type="radio"
        name="source"
        checked={state.source.value === value}
        onChange={() => {
          state.source.value = value;
        }}
      />
      <span>{label}</span>
    </label>
  );
}

function Limits() {
  const { defaultValueBytes, defaultImportEntries } = limits();
  const told = allowed.value;
  return (
    <p class="hint">
      Up to {showNumber(told?.importEntries ?? defaultImportEntries)} entries at once, each value up to{" "}
      {showNumber(told?.valueBytes ?? defaultValueBytes)} bytes.{" "}
      {told !== undefined && (
        <>
          The project has {showNumber(told.secretsUsed)} of {showNumber(told.secrets)} secrets.{" "}
        </>
      )}
      Nothing is sent before you press the button.
    </p>
  );
}

function Counts() {
  const good = state.good.value.length;
  const bad = state.bad.value.length;
  const nothing = good + bad === 0;
  return (
    <div class="counts" role="status">
      {nothing ? (
        <p>Nothing to import yet.</p>
      ) : (
        <p>
          <span class="badge good">{good} ready</span>{" "}
          {bad > 0 && (
            <>
              <span class="badge bad">{bad} with problems</span> {bad === 1 ? "It stays" : "They stay"} here to be repaired.
            </>
          )}
        </p>
      )}
      {!nothing && state.batchProblems.value.map((problem) => (
        <p class="refused" key={problem.code}>
          {problem.message}
        </p>
      ))}
      {!nothing && state.roomWarning.value !== "" && <p class="notice">{state.roomWarning.value}</p>}
    </div>
  );
}
