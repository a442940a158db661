// Putting a stage of one's own on a version; it leaves the version that had it.

import { useState } from "preact/hooks";
import type { VersionMetadata } from "../../generated/strongroom/v1/versions_pb";
import { stages as server } from "../api/client";
import { useRequest } from "../api/request";
import { CodeInput } from "../components/code-input";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { Field } from "../components/field";
import { announce } from "../components/toast";
import { judgeStage } from "../rules";
import * as shown from "./secret-state";
import { holderOf } from "./stages";

export function StageDialog({
  name,
  version,
  onClose,
}: {
  name: string;
  version: VersionMetadata;
  onClose: () => void;
}) {
  const [stage, setStage] = useState("");
  const { busy, rejection, send, clear } = useRequest();
  const problems = judgeStage(stage);
  const holder = holderOf(stage);

  function submit(event: Event) {
    event.preventDefault();
    if (problems.length > 0) return;
    void send(async () => {
      await server.updateSecretStage({ secretName: name, stageName: stage, versionId: version.id });
      await shown.reload(name);
      announce(`Stage ${stage} is on ${version.id}.`);
      onClose();
    });
  }

  return (
    <Dialog title={`Add a stage to ${version.id}`} onClose={onClose}>
      <form class="stack" onSubmit={submit} noValidate>
        <p>
          A stage is a name for one version, such as "blue". Versions without a stage may be removed to make room for
          new ones.
        </p>
        <Field label="Stage" problems={stage === "" ? [] : problems.map((problem) => problem.message)}>
          {(tied) => (
            <CodeInput
              {...tied}
              value={stage}
              onInput={(event) => {
                setStage(event.currentTarget.value);
                clear();
              }}
            />
          )}
        </Field>
        <p class="outcome" role="status">
          {holder !== undefined && holder !== version.id && (
            <>
              {stage} is on {holder} now; it moves to {version.id}.
            </>
          )}
        </p>
        <ErrorMessage rejection={rejection} />
        <div class="actions">
          <button class="button" type="button" onClick={onClose}>
            Cancel
          </button>
          <button class="button primary" type="submit" aria-disabled={busy || problems.length > 0}>
            Add stage
          </button>
        </div>
      </form>
    </Dialog>
  );
}
