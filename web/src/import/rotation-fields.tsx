// The fields of an entry that most entries leave alone.

import { useEffect, useState } from "preact/hooks";
import { CodeInput } from "../components/code-input";
import { Field } from "../components/field";
import { type Draft, type DraftField, FIRST_TYPE } from "./draft";
import type { CardPart } from "./entry-card";

const TEXTS = [
  {
    field: "rotation_period",
    key: "rotationPeriod",
    label: "Rotation period",
    hint: "6 hours to 365 days, such as 12h or 30d.",
  },
  {
    field: "rotation_config",
    key: "rotationConfig",
    label: "Rotation configuration",
    hint: '{"InstanceId":"…","SecretSubType":"SingleUser"} or MultiUser. Names the instance the secret belongs to.',
  },
  { field: "rotation_func_urn", key: "rotationFunction", label: "Rotation function", hint: "" },
  { field: "kms_key_id", key: "kmsKeyId", label: "Key", hint: "Seals the value. Without it, csms/default." },
  { field: "enterprise_project_id", key: "enterpriseProject", label: "Enterprise project", hint: "" },
] as const satisfies readonly { field: DraftField; key: keyof Draft; label: string; hint: string }[];

export function Rotation({ part }: { part: CardPart }) {
  const { draft, change, visit, problems } = part;
  const complains = [...TEXTS.map((text) => text.field), "auto_rotation" as const].some(
    (field) => problems(field).length > 0,
  );
  const needed = complains || draft.type !== FIRST_TYPE;
  const [open, setOpen] = useState(needed);

  useEffect(() => {
    // A complaint nobody can see helps nobody.
    if (needed) setOpen(true);
  }, [needed]);

  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Rotation, key and project</summary>
      <Field label="Rotate by schedule" class="check" problems={problems("auto_rotation")}>
        {(tied) => (
          <input
            {...tied}
            type="checkbox"
            checked={draft.autoRotation}
            onChange={(event) => change({ autoRotation: event.currentTarget.checked })}
            onBlur={() => visit("auto_rotation")}
          />
        )}
      </Field>
      <div class="grid">
        {TEXTS.map(({ field, key, label, hint }) => (
          <Field key={field} label={label} hint={hint} class={field} problems={problems(field)}>
            {(tied) => (
              <CodeInput
                {...tied}
                value={draft[key]}
                onInput={(event) => change({ [key]: event.currentTarget.value })}
                onBlur={() => visit(field)}
              />
            )}
          </Field>
        ))}
      </div>
    </details>
  );
}
