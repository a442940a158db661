// Deleting the secrets of an instance: first what would go, then, and only then, the button that does it.

import { useMemo, useRef, useState } from "preact/hooks";
import { InstanceType } from "../../generated/strongroom/v1/batches_pb";
import { CodeInput } from "../components/code-input";
import { Field } from "../components/field";
import { SECRETS } from "../route";
import { judgeConditions } from "../rules";
import { DeleteMany } from "./delete-many";

const SERVICES = [
  { spelling: "RDS", type: InstanceType.RDS },
  { spelling: "TaurusDB", type: InstanceType.TAURUSDB },
  { spelling: "GaussDB", type: InstanceType.GAUSSDB },
  { spelling: "APIG", type: InstanceType.APIG },
] as const;

export function DeleteScreen() {
  const conditions = useRef<HTMLDivElement>(null);
  const [instance, setInstance] = useState("");
  const [service, setService] = useState("");
  const [visited, setVisited] = useState(false);

  const instanceId = instance.trim();
  const problems = judgeConditions(instanceId, service);
  const selection = useMemo(
    () => ({
      instanceId,
      instanceType: SERVICES.find((known) => known.spelling === service)?.type ?? InstanceType.UNSPECIFIED,
    }),
    [instanceId, service],
  );
  const about = (field: string) =>
    visited ? problems.filter((problem) => problem.field === field).map((problem) => problem.message) : [];

  function showProblems() {
    setVisited(true);
    conditions.current?.querySelector("input")?.focus();
  }

  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Delete by instance</h1>
      </div>
      <p class="lead">
        Deletes every secret that belongs to an instance of a cloud service, such as a database. A secret belongs to the
        instance that its rotation configuration names. You see what would go before anything happens. To delete secrets
        by name, choose them in the <a href={SECRETS}>list</a>.
      </p>
      <section class="card stack" aria-label="Which secrets, and when">
        <div class="grid" ref={conditions}>
          <Field
            label="Instance"
            hint="Its identifier, as in InstanceId of the rotation configuration."
            problems={about("instance_id")}
          >
            {(tied) => (
              <CodeInput
                {...tied}
                value={instance}
                onInput={(event) => setInstance(event.currentTarget.value)}
                onBlur={() => setVisited(visited || instance !== "")}
              />
            )}
          </Field>
          <Field
            label="Service"
            hint="If you give an instance and a service, both must match."
            problems={about("instance_type")}
          >
            {(tied) => (
              <select {...tied} value={service} onChange={(event) => setService(event.currentTarget.value)}>
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
        <DeleteMany selection={selection} problems={problems} onProblems={showProblems} />
      </section>
    </>
  );
}
