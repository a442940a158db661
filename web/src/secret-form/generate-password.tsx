// A password made up by the server, by a policy chosen here.

import { useState } from "preact/hooks";
import { passwords } from "../api/client";
import { useRequest } from "../api/request";
import { CodeInput } from "../components/code-input";
import { ErrorMessage } from "../components/error-message";
import { Field } from "../components/field";

// The kinds of characters, as the contract excludes or includes them.
const KINDS = [
  { kind: "lowercase", label: "Lower case", first: true },
  { kind: "uppercase", label: "Upper case", first: true },
  { kind: "numbers", label: "Digits", first: true },
  { kind: "punctuation", label: "Punctuation", first: true },
  { kind: "space", label: "Space", first: false },
] as const;

type Kind = (typeof KINDS)[number]["kind"];

// What the contract takes when no length is given.
const FIRST_LENGTH = 32;

export function GeneratePassword({ onPassword }: { onPassword: (password: string) => void }) {
  const [length, setLength] = useState(String(FIRST_LENGTH));
  const [without, setWithout] = useState("");
  const [kinds, setKinds] = useState<ReadonlySet<Kind>>(
    new Set(KINDS.filter((each) => each.first).map((each) => each.kind)),
  );
  const [eachKind, setEachKind] = useState(true);
  const [done, setDone] = useState("");
  const { busy, rejection, send, clear } = useRequest();

  function changed() {
    clear();
    setDone("");
  }

  function generate() {
    void send(async () => {
      const answer = await passwords.generateRandomPassword({
        length: whole(length),
        excludeCharacters: without,
        excludeLowercase: !kinds.has("lowercase"),
        excludeUppercase: !kinds.has("uppercase"),
        excludeNumbers: !kinds.has("numbers"),
        excludePunctuation: !kinds.has("punctuation"),
        includeSpace: kinds.has("space"),
        requireEachIncludedType: eachKind,
      });
      onPassword(answer.password);
      setDone(`A password of ${[...answer.password].length} characters was entered in the form. It is not saved yet.`);
    });
  }

  function toggle(kind: Kind) {
    const changed = new Set(kinds);
    if (!changed.delete(kind)) changed.add(kind);
    setKinds(changed);
  }

  return (
    <details class="generate" onInput={changed}>
      <summary>Generate a password</summary>
      <div class="stack">
        <div class="grid">
          <Field label="Length">
            {(tied) => (
              <input
                {...tied}
                class="short"
                type="number"
                inputMode="numeric"
                min={1}
                value={length}
                onInput={(event) => setLength(event.currentTarget.value)}
              />
            )}
          </Field>
          <Field label="Exclude these characters">
            {(tied) => (
              <CodeInput {...tied} value={without} onInput={(event) => setWithout(event.currentTarget.value)} />
            )}
          </Field>
        </div>
        <div class="choices" role="group" aria-label="Kinds of characters">
          {KINDS.map(({ kind, label }) => (
            <Check key={kind} label={label} on={kinds.has(kind)} toggle={() => toggle(kind)} />
          ))}
          <Check label="At least one of each kind" on={eachKind} toggle={() => setEachKind(!eachKind)} />
        </div>
        <ErrorMessage rejection={rejection} />
        <div class="actions start">
          <button class="button" type="button" aria-disabled={busy} onClick={generate}>
            Generate
          </button>
          {/* Said here: what lies behind a dialog is not read aloud. */}
          <p class="outcome" role="status">
            {done}
          </p>
        </div>
      </div>
    </details>
  );
}

// The largest number the contract can spell. Which lengths there are, the server says.
const LARGEST = 2 ** 31 - 1;

function whole(text: string): number {
  return Math.max(-LARGEST, Math.min(LARGEST, Math.trunc(Number(text)) || 0));
}

function Check({ label, on, toggle }: { label: string; on: boolean; toggle: () => void }) {
  return (
    <label class="choice">
      <input type="checkbox" checked={on} onChange={toggle} />
      {label}
    </label>
  );
}
