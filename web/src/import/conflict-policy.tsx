// What an import does with names that are taken, and whether it may do a part.

import { signal } from "@preact/signals";
import { OnExisting, OnPending } from "../../generated/strongroom/v1/secrets_pb";
import { Field } from "../components/field";
import { Switch } from "../components/switch";

/** As a request spells them. */
export interface Choices {
  onExisting: OnExisting;
  onPending: OnPending;
  atomic: boolean;
}

// Half an import is the state nobody wants, so the page asks for all or nothing unless told otherwise.
const FIRST: Choices = { onExisting: OnExisting.FAIL, onPending: OnPending.FAIL, atomic: true };

export const choices = signal<Choices>(FIRST);

export function forgetChoices(): void {
  choices.value = FIRST;
}

/** What is sent again after a broken line may be stored already, and would get the same version twice. */
export function onlyIfDifferent(): void {
  if (choices.value.onExisting !== OnExisting.NEW_VERSION) return;
  choices.value = { ...choices.value, onExisting: OnExisting.NEW_VERSION_IF_DIFFERENT };
}

const EXISTING: readonly (readonly [OnExisting, string])[] = [
  [OnExisting.FAIL, "Reject the entry"],
  [OnExisting.SKIP, "Leave the secret as it is"],
  [OnExisting.NEW_VERSION, "Add a new version"],
  [OnExisting.NEW_VERSION_IF_DIFFERENT, "Add a new version if the value differs"],
];

const PENDING: readonly (readonly [OnPending, string])[] = [
  [OnPending.FAIL, "Reject the entry"],
  [OnPending.SKIP, "Leave the secret as it is"],
  [OnPending.CANCEL_AND_NEW_VERSION, "Cancel the deletion and add a new version"],
];

interface ChoicesFieldsProps {
  /** More than can be done in one step. */
  inParts: boolean;
  onChange: () => void;
}

export function ConflictPolicyFields({ inParts, onChange }: ChoicesFieldsProps) {
  const { onExisting, onPending, atomic } = choices.value;
  const change = (changed: Partial<Choices>) => {
    choices.value = { ...choices.value, ...changed };
    onChange();
  };
  return (
    <fieldset class="card choices-fields">
      <legend class="unseen">Existing names</legend>
      <div class="grid">
        <Field label="If the secret exists" hint="In a file: on_existing">
          {(tied) => (
            <select
              {...tied}
              value={onExisting}
              onChange={(event) => change({ onExisting: Number(event.currentTarget.value) })}
            >
              <Options options={EXISTING} />
            </select>
          )}
        </Field>
        <Field label="If the secret is pending deletion" hint="In a file: on_pending">
          {(tied) => (
            <select
              {...tied}
              value={onPending}
              onChange={(event) => change({ onPending: Number(event.currentTarget.value) })}
            >
              <Options options={PENDING} />
            </select>
          )}
        </Field>
      </div>
      <Switch
        label={
          inParts
            ? "All or nothing is not available for this many entries: they are stored in several transactions"
            : "All or nothing: if one entry is rejected, none is imported"
        }
        on={atomic && !inParts}
        disabled={inParts}
        turn={(on) => change({ atomic: on })}
      />
    </fieldset>
  );
}

function Options({ options }: { options: readonly (readonly [number, string])[] }) {
  return (
    <>
      {options.map(([choice, words]) => (
        <option key={choice} value={choice}>
          {words}
        </option>
      ))}
    </>
  );
}
