// Deleting the secrets of an instance: first what would go, then, and only then, the button that does it.

import { useRef, useState } from "preact/hooks";
import { type BatchDeleteSecretsResponse, InstanceType } from "../../generated/strongroom/v1/batches_pb";
import { Field } from "../parts/field";
import { Refused } from "../parts/refused";
import { useSend } from "../parts/use-send";
import { judgeConditions } from "../rules";
import { batches } from "../server/client";
import { loadLimits } from "../server/limits";
import { Deleted, Preview } from "./preview";

const SERVICES = [
  { spelling: "RDS", type: InstanceType.RDS },
  { spelling: "TaurusDB", type: InstanceType.TAURUSDB },
  { spelling: "GaussDB", type: InstanceType.GAUSSDB },
  { spelling: "APIG", type: InstanceType.APIG },
] as const;

type Step =
  | { kind: "asking" }
  | { kind: "preview"; answer: BatchDeleteSecretsResponse }
  | { kind: "done"; answer: BatchDeleteSecretsResponse };

export function DeleteScreen() {
  const instance = useRef<HTMLInputElement>(null);
  const [instanceId, setInstanceId] = useState("");
  const [service, setService] = useState("");
  const [visited, setVisited] = useState(false);
  const [step, setStep] = useState<Step>({ kind: "asking" });
  const { busy, refusal, send, clear } = useSend();

  const problems = judgeConditions(instanceId.trim(), service);

  const ask = (dryRun: boolean) =>
    send(async () => {
      const instanceType = SERVICES.find((known) => known.spelling === service)?.type ?? InstanceType.UNSPECIFIED;
      const answer = await batches.batchDeleteSecrets({ instanceId: instanceId.trim(), instanceType, dryRun });
      setStep({ kind: dryRun ? "preview" : "done", answer });
      if (!dryRun) void loadLimits();
    });

  // A preview holds for the conditions it was made with.
  function changed() {
    setStep({ kind: "asking" });
    clear();
  }

  function submit(event: Event) {
    event.preventDefault();
    setVisited(true);
    if (problems.length > 0) {
      instance.current?.focus();
      return;
    }
    void ask(true);
  }

  const about = (field: string) =>
    visited ? problems.filter((problem) => problem.field === field).map((problem) => problem.message) : [];

  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Delete by instance</h1>
      </div>
      <p class="lead">
        Deletes every secret that belongs to a cloud service instance, at once and for good. A secret belongs to the
        instance its rotation configuration names. You see the names before anything happens.
      </p>
      <form class="card" onSubmit={submit} noValidate>
        <div class="grid">
          <Field label="Instance" hint="Identifier of the instance." problems={about("instance_id")}>
            {(tied) => (
              <input
                {...tied}
                ref={instance}
                class="mono"
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
                value={instanceId}
                onInput={(event) => {
                  setInstanceId(event.currentTarget.value);
                  changed();
                }}
                onBlur={() => setVisited(visited || instanceId !== "")}
              />
            )}
          </Field>
          <Field label="Service" hint="With both, both must hold." problems={about("instance_type")}>
            {(tied) => (
              <select
                {...tied}
                value={service}
                onChange={(event) => {
                  setService(event.currentTarget.value);
                  changed();
                }}
              >
                <option value="">Any</option>
                {SERVICES.map(({ spelling }) => (
                  <option key={spelling} value={spelling}>
                    {spelling}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
        <div class="actions start">
          <button class="button primary" type="submit" aria-disabled={busy || problems.length > 0}>
            {busy && step.kind === "asking" ? "Looking…" : "Preview"}
          </button>
        </div>
        <Refused refusal={refusal} />
      </form>
      {step.kind === "preview" && <Preview answer={step.answer} busy={busy} onDelete={() => void ask(false)} />}
      {step.kind === "done" && <Deleted answer={step.answer} />}
    </>
  );
}
