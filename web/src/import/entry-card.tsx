// One entry typed in by hand, with what is wrong beside each field.

import { useState } from "preact/hooks";
import { Choice } from "../components/choice";
import { CodeInput } from "../components/code-input";
import { Field } from "../components/field";
import { Icon } from "../components/icons";
import { MaskedText } from "../components/masked-text";
import type { Problem } from "../rules";
import { type Draft, type DraftField, FIELDS, shownAt } from "./draft";
import { Rotation } from "./rotation-fields";
import * as state from "./state";

/** What the fields of a card need from it. */
export interface CardPart {
  draft: Draft;
  change: (change: Partial<Draft>) => void;
  visit: (field: DraftField) => void;
  problems: (field: DraftField) => string[];
}

interface CardProps {
  draft: Draft;
  index: number;
  onRemove: () => void;
}

export function EntryCard({ draft, index, onRemove }: CardProps) {
  const [shown, setShown] = useState(false);
  const all = state.draftProblems(draft, index);
  const elsewhere = all.filter((problem) => shownAt(problem) === undefined);

  const part: CardPart = {
    draft,
    // What the server said was about the entry as it stood.
    change: (change) => state.changeDraft(draft.key, { ...change, rejected: [] }),
    visit: (field) => state.changeDraft(draft.key, { visited: new Set(draft.visited).add(field) }),
    problems: (field) => {
      const here = all.filter((problem) => shownAt(problem) === field);
      // What is still missing is no mistake before one has left the field.
      return sentences(draft.visited.has(field) ? here : here.filter((problem) => problem.code !== "REQUIRED"));
    },
  };

  // Leaving the card means being done with it: now everything that is missing may be said.
  function leave(event: FocusEvent) {
    const card = event.currentTarget as HTMLElement;
    if (event.relatedTarget instanceof Node && card.contains(event.relatedTarget)) return;
    state.changeDraft(draft.key, { visited: new Set(FIELDS) });
  }

  return (
    <li class="card entry" onFocusOut={leave}>
      <fieldset>
        <legend>Entry {index + 1}</legend>
        <div class="grid">
          <Field label="Name" problems={part.problems("name")}>
            {(tied) => (
              <CodeInput
                {...tied}
                value={draft.name}
                onInput={(event) => part.change({ name: event.currentTarget.value })}
                onBlur={() => part.visit("name")}
              />
            )}
          </Field>
          <Field label="Type" problems={part.problems("secret_type")}>
            {(tied) => (
              <select
                {...tied}
                value={draft.type}
                onChange={(event) => part.change({ type: event.currentTarget.value })}
              >
                <option value="COMMON">COMMON</option>
                <option value="RDS-FG">RDS-FG (account of an RDS instance)</option>
                <option value="GaussDB-FG">GaussDB-FG (account of a TaurusDB instance)</option>
              </select>
            )}
          </Field>
        </div>
        <Field label="Value" class="value-field" problems={part.problems("secret_string")}>
          {(tied) => (
            <MaskedText
              tied={tied}
              rows={2}
              text={draft.value}
              shown={shown}
              onShown={setShown}
              onEdit={() => part.change({})}
              onLeave={() => part.visit("secret_string")}
            />
          )}
        </Field>
        <div class="choices" role="radiogroup" aria-label="The value is">
          <Choice
            name={`kind-${draft.key}`}
            label="Text"
            on={draft.valueKind === "text"}
            pick={() => part.change({ valueKind: "text" })}
          />
          <Choice
            name={`kind-${draft.key}`}
            label="Binary, as Base64"
            on={draft.valueKind === "base64"}
            pick={() => part.change({ valueKind: "base64" })}
          />
        </div>
        <Field label="Description" problems={part.problems("description")}>
          {(tied) => (
            <input
              {...tied}
              autocomplete="off"
              value={draft.description}
              onInput={(event) => part.change({ description: event.currentTarget.value })}
              onBlur={() => part.visit("description")}
            />
          )}
        </Field>
        <Rotation part={part} />
        {elsewhere.length > 0 && (
          <ul class="problems">
            {sentences(elsewhere).map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        )}
      </fieldset>
      <button class="button quiet remove" type="button" onClick={onRemove}>
        <Icon name="cross" />
        Remove<span class="unseen"> entry {index + 1}</span>
      </button>
    </li>
  );
}

function sentences(problems: readonly Problem[]): string[] {
  return problems.map(sentence);
}

/** The box is both fields of a request, so whoever types in it need not know their names. */
function sentence({ field, code, message }: Problem): string {
  return field === "secret_string" && code === "REQUIRED" ? "Enter a value." : message;
}
