// The days between scheduling a deletion and the end, and the date they lead to.

import type { Ref } from "preact";
import { daysFrom, showMoment } from "../dates";
import { judgeWindow, limits } from "../rules";
import { Field } from "./field";

interface WindowFieldProps {
  text: string;
  onText: (text: string) => void;
  box?: Ref<HTMLInputElement>;
}

export function RecoveryWindowField({ text, onText, box }: WindowFieldProps) {
  const { minWindowDays, maxWindowDays } = limits();
  const problems = judgeWindow(daysOf(text));
  return (
    <>
      <Field
        label="Days until deletion"
        hint={`${minWindowDays} to ${maxWindowDays} days.`}
        problems={problems.map((problem) => problem.message)}
      >
        {(tied) => (
          <input
            {...tied}
            ref={box}
            class="short"
            type="number"
            inputMode="numeric"
            min={minWindowDays}
            max={maxWindowDays}
            step={1}
            value={text}
            onInput={(event) => onText(event.currentTarget.value)}
          />
        )}
      </Field>
      <p class="outcome" role="status">
        {problems.length === 0 && <>Deleted on {showMoment(daysFrom(Date.now(), daysOf(text)))}.</>}
      </p>
    </>
  );
}

export function daysOf(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

/** Whether the rules take so many days. */
export function isWindow(text: string): boolean {
  return judgeWindow(daysOf(text)).length === 0;
}
