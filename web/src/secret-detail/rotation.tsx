// Whether the value of a secret is rotated by schedule, how often and by what: changed together, because they need each other.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { useRequest } from "../api/request";
import { Field } from "../components/field";
import { Changeable, EditorForm } from "../components/inline-edit";
import { judgeFields } from "../rules";
import { TYPES } from "../secret-list/labels";

export interface RotationChange {
  autoRotation: boolean;
  rotationPeriod: string;
  rotationFuncUrn: string;
}

interface RotationProps {
  secret: Secret;
  fixed: boolean;
  save: (change: RotationChange) => Promise<void>;
}

export function Rotation({ secret, fixed, save }: RotationProps) {
  return (
    <Changeable label="Rotation" fixed={fixed} editor={(close) => <Editor secret={secret} save={save} close={close} />}>
      <Words secret={secret} />
    </Changeable>
  );
}

function Words({ secret: { autoRotation, rotationPeriod, rotationFuncUrn } }: { secret: Secret }) {
  return (
    <>
      {autoRotation ? `Every ${rotationPeriod}` : <span class="never">No schedule</span>}
      {!autoRotation && rotationPeriod !== "" && `, set to ${rotationPeriod}`}
      {rotationFuncUrn !== "" && `, by ${rotationFuncUrn}`}
    </>
  );
}

function Editor({ secret, save, close }: Omit<RotationProps, "fixed"> & { close: () => void }) {
  const first = useRef<HTMLInputElement>(null);
  const { autoRotation, rotationPeriod, rotationFuncUrn } = secret;
  const [given, setGiven] = useState<RotationChange>({ autoRotation, rotationPeriod, rotationFuncUrn });
  const sending = useRequest();
  const problems = judgeFields(["rotation_period", "rotation_func_urn"], {
    // What rotation needs depends on it.
    secret_type: TYPES[secret.secretType],
    auto_rotation: given.autoRotation,
    rotation_period: given.rotationPeriod,
    rotation_func_urn: given.rotationFuncUrn,
  });
  const about = (field: string) =>
    problems.filter((problem) => problem.field === field).map((problem) => problem.message);

  useLayoutEffect(() => first.current?.focus(), []);

  function change(changed: Partial<RotationChange>) {
    setGiven({ ...given, ...changed });
    sending.clear();
  }

  return (
    <EditorForm sending={sending} wrong={problems.length > 0} save={() => save(given)} close={close}>
      <div class="stack">
        <Field label="Rotate by schedule" class="check">
          {(tied) => (
            <input
              {...tied}
              ref={first}
              type="checkbox"
              checked={given.autoRotation}
              onChange={(event) => change({ autoRotation: event.currentTarget.checked })}
            />
          )}
        </Field>
        <Field
          label="Rotation period"
          hint="6 hours to 365 days, such as 12h or 30d."
          problems={about("rotation_period")}
        >
          {(tied) => (
            <input
              {...tied}
              class="mono"
              autocomplete="off"
              value={given.rotationPeriod}
              onInput={(event) => change({ rotationPeriod: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label="Rotation function" problems={about("rotation_func_urn")}>
          {(tied) => (
            <input
              {...tied}
              class="mono"
              autocomplete="off"
              spellcheck={false}
              value={given.rotationFuncUrn}
              onInput={(event) => change({ rotationFuncUrn: event.currentTarget.value })}
            />
          )}
        </Field>
      </div>
    </EditorForm>
  );
}
