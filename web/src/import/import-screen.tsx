// Importing: choose where the entries come from, see what is wrong while writing, send what is right.

import { useEffect, useRef, useState } from "preact/hooks";
import { Refused } from "../parts/refused";
import { limits } from "../rules";
import { type Refusal, refusalOf } from "../server/refusal";
import { session } from "../server/session";
import { ByHand } from "./by-hand";
import { FromText } from "./from-text";
import { Outcomes } from "./outcomes";
import { report, send } from "./send";
import * as state from "./state";

export function ImportScreen() {
  useEffect(
    () => () => {
      // Values are kept no longer than the screen is open, unless the session expired over the work.
      if (session.value !== undefined) state.forget();
      report.value = undefined;
    },
    [],
  );

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
  const [refusal, setRefusal] = useState<Refusal>();
  const [busy, setBusy] = useState(false);
  const good = state.good.value.length;
  const total = state.judged.value.length;
  const ready = good > 0 && (total === 0 || state.batchProblems.value.length === 0);

  async function submit(event: Event) {
    event.preventDefault();
    if (busy) return;
    if (!ready) {
      form.current?.querySelector<HTMLElement>("[aria-invalid=true], input:not([type=radio]), textarea")?.focus();
      return;
    }
    setBusy(true);
    setRefusal(undefined);
    try {
      await send();
    } catch (thrown) {
      setRefusal(refusalOf(thrown));
      setBusy(false);
    }
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
  if (good < total) return `Import ${good} of ${secrets(total)}`;
  return `Import ${secrets(good)}`;
}

function secrets(count: number): string {
  return count === 1 ? "1 secret" : `${count} secrets`;
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
  return (
    <p class="hint">
      Up to {defaultImportEntries.toLocaleString("en-GB")} entries at once, each value up to{" "}
      {defaultValueBytes.toLocaleString("en-GB")} bytes. Nothing is sent before you press the button.
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
    </div>
  );
}
