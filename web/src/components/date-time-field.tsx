// A date with its time, in the reader's own time zone.

import { Field } from "./field";

interface MomentFieldProps {
  label: string;
  hint?: string;
  /** As the browser spells it; empty for none. */
  text: string;
  problems: readonly string[];
  onText: (text: string) => void;
}

export function DateTimeField({ label, hint, text, problems, onText }: MomentFieldProps) {
  return (
    <Field label={label} hint={hint} problems={problems}>
      {(tied) => (
        <input
          {...tied}
          class="moment"
          type="datetime-local"
          // The last moment the contract can spell, in every time zone.
          max="2286-11-19T00:00"
          value={text}
          onInput={(event) => onText(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** Milliseconds since 1970; nothing when there is no moment, or only half of one. */
export function parseDateTime(text: string): number | undefined {
  const moment = new Date(text).getTime();
  return Number.isNaN(moment) ? undefined : moment;
}

/** A moment as the browser's own field spells it. */
export function formatDateTime(milliseconds: number): string {
  const local = milliseconds - new Date(milliseconds).getTimezoneOffset() * 60_000;
  return new Date(local).toISOString().slice(0, 16);
}
