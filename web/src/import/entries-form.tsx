// The entries: where they come from, what is wrong with them, and what shall become of names that are taken.

import { useRef } from "preact/hooks";
import { allowed } from "../api/limits";
import type { RequestState } from "../api/request";
import { ProgressBar } from "../batches/progress";
import { ErrorMessage } from "../components/error-message";
import { countSecrets, showNumber } from "../numbers";
import { limits } from "../rules";
import { ByHand } from "./by-hand";
import * as room from "./capacity";
import { ConflictPolicyFields, choices } from "./conflict-policy";
import { FromText } from "./from-text";
import * as state from "./state";

interface EntriesFormProps {
  sending: RequestState;
  preview: () => void;
}

export function EntriesForm({ sending, preview }: EntriesFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const good = state.good.value.length;
  const bad = state.bad.value.length;
  const blocked = whatBlocks(bad);
  const ready = isReady();

  async function submit(event: Event) {
    event.preventDefault();
    // What was typed last counts too.
    await state.whenRead();
    if (isReady()) return preview();
    state.visitAll();
    // Once what is missing is drawn.
    setTimeout(() => showFirstProblem(form.current));
  }

  return (
    <form ref={form} onSubmit={(event) => void submit(event)} noValidate>
      <div class="segments" role="radiogroup" aria-label="Where the entries come from">
        <Segment value="hand" label="By hand" />
        <Segment value="text" label="From a file or text" />
      </div>
      <Limits />
      {state.source.value === "hand" ? <ByHand /> : <FromText />}
      <ConflictPolicyFields inParts={room.inParts.value} onChange={sending.clear} />
      <ProgressBar />
      <div class="send-bar">
        <Counts good={good} bad={bad} blocked={blocked} />
        <ErrorMessage rejection={sending.rejection} />
        <button class="button primary" type="submit" aria-disabled={sending.busy || !ready}>
          {sending.busy ? "Checking…" : wording(good, good + bad)}
        </button>
      </div>
    </form>
  );
}

function isReady(): boolean {
  return state.good.value.length > 0 && whatBlocks(state.bad.value.length).length === 0;
}

/** The first thing to repair gets the focus, in the middle of the window. */
function showFirstProblem(form: HTMLFormElement | null): void {
  const wrong = form?.querySelector<HTMLElement>("[aria-invalid=true], .bad-entries > li, .counts .rejected");
  const empty = form?.querySelector<HTMLElement>(".entry input, .drop textarea");
  const target = wrong ?? empty;
  target?.focus({ preventScroll: true });
  target?.scrollIntoView({ block: "center" });
}

/** Why nothing can be sent, in sentences. */
function whatBlocks(bad: number): string[] {
  if (state.fileProblems.value.length > 0) return ["Fix these lines first."];
  const sentences = [...state.batchProblems.value.map((problem) => problem.message), ...room.tooLarge.value];
  if (bad > 0 && choices.value.atomic && !room.inParts.value)
    sentences.push("All or nothing is on: fix the entries with problems first, or switch it off.");
  return sentences;
}

function wording(good: number, total: number): string {
  if (good === 0) return "Preview";
  if (good < total) return `Preview ${showNumber(good)} of ${countSecrets(total)}`;
  return `Preview ${countSecrets(good)}`;
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
      Up to {showNumber(told?.importEntries ?? defaultImportEntries)} entries in one transaction; larger files are
      imported in several. Each value up to {showNumber(told?.valueBytes ?? defaultValueBytes)} bytes.{" "}
      {told !== undefined && (
        <>
          The project has {showNumber(told.secretsUsed)} of {showNumber(told.secrets)} secrets.{" "}
        </>
      )}
      Nothing is sent before you press the button, and nothing is stored before you have seen the preview.
    </p>
  );
}

/** Allowed, and rarely meant. */
function EmptyValues() {
  const names = state.emptyValues.value;
  if (names.length === 0) return null;
  const listed = names.slice(0, NAMED).join(", ");
  const more = names.length > NAMED ? ` and ${showNumber(names.length - NAMED)} more` : "";
  return (
    <p class="notice">
      {names.length === 1 ? "1 value is" : `${showNumber(names.length)} values are`} empty and would be stored so:{" "}
      {listed}
      {more}.
    </p>
  );
}

// As many names as fit into a sentence.
const NAMED = 5;

interface CountsProps {
  good: number;
  bad: number;
  blocked: readonly string[];
}

function Counts({ good, bad, blocked }: CountsProps) {
  if (good + bad === 0 && state.fileProblems.value.length === 0) {
    return (
      <div class="counts" role="status">
        <p>Nothing to import yet.</p>
      </div>
    );
  }
  return (
    <div class="counts" role="status">
      <p>
        <span class="badge good">{showNumber(good)} ready</span>{" "}
        {bad > 0 && <span class="badge bad">{showNumber(bad)} with problems</span>}
        {bad > 0 && blocked.length === 0 && ` ${bad === 1 ? "It stays" : "They stay"} here to be fixed.`}
      </p>
      {blocked.map((sentence) => (
        <p class="rejected" key={sentence} tabIndex={-1}>
          {sentence}
        </p>
      ))}
      <EmptyValues />
      {room.roomWarning.value !== "" && <p class="notice">{room.roomWarning.value}</p>}
    </div>
  );
}
