// Putting a stage of one's own on a version; it leaves the version that had it.

import { useState } from "preact/hooks";
import type { VersionMetadata } from "../../generated/strongroom/v1/versions_pb";
import { announce } from "../parts/announce";
import { CodeInput } from "../parts/code-input";
import { Dialog } from "../parts/dialog";
import { Field } from "../parts/field";
import { Rejected } from "../parts/rejected";
import { useSend } from "../parts/use-send";
import { judgeStage } from "../rules";
import { stages as server } from "../server/client";
import * as shown from "./shown";
import { holderOf } from "./stages";

export function StageDialog({ name, version, onClose }: { name: string; version: VersionMetadata; onClose: () => void }) {
  const [stage, setStage] = useState("");
  const { busy, rejection, send, clear } = useSend();
  const problems = judgeStage(stage);
  const holder = holderOf(stage);

  function submit(event: Event) {
    event.preventDefault();
    if (problems.length > 0) return;
    void send(async () => {
      await server.updateSecretStage({ secretName: name, stageName: stage, versionId: version.id });
      await shown.reload(name);
      announce(`Stage ${stage} stands on ${version.id}.`);
      onClose();
    });
  }

  return (
    <Dialog title={`Put a stage on ${version.id}`} onClose={onClose}>
      <form class="stack" onSubmit={submit} noValidate>
        <p>A stage is a name for one version, such as "blue". Versions without a stage may be removed to make room for new ones.</p>
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
              {stage} stands on {holder} now; it moves from there to {version.id}.
            </>
          )}
        </p>
        <Rejected rejection={rejection} />
        <div class="actions">
          <button class="button" type="button" onClick={onClose}>
            Leave as it is
          </button>
          <button class="button primary" type="submit" aria-disabled={busy || problems.length > 0}>
            Put it there
          </button>
        </div>
      </form>
    </Dialog>
  );
}
