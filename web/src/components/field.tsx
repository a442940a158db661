// A label, its control, a hint, and what is wrong, tied together for eyes and screen readers alike.

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** What a control inside a field has to carry. */
export interface Tied {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean;
}

interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  problems?: readonly string[] | undefined;
  class?: string;
  children: (tied: Tied) => ComponentChildren;
}

export function Field({ label, hint, problems = [], class: extra, children }: FieldProps) {
  const id = useId();
  const hintId = `${id}-hint`;
  const problemsId = `${id}-problems`;
  const wrong = problems.length > 0;
  const described = [wrong ? problemsId : "", hint ? hintId : ""].filter((part) => part !== "").join(" ");

  return (
    <div class={extra ? `field ${extra}` : "field"}>
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": wrong })}
      {hint && (
        <p class="hint" id={hintId}>
          {hint}
        </p>
      )}
      {wrong && (
        <ul class="problems" id={problemsId}>
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
