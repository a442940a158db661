// The versions of a secret, newest first, and what can be done with each.

import { useState } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import type { VersionMetadata } from "../../generated/strongroom/v1/versions_pb";
import { stages as server } from "../api/client";
import { allowed } from "../api/limits";
import { useRequest } from "../api/request";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { Icon } from "../components/icons";
import { announce } from "../components/toast";
import { isPendingDeletion } from "../secret-list/list-state";
import { ExpiryDialog } from "./expiry-dialog";
import { MakeCurrentDialog } from "./make-current-dialog";
import { NewVersionDialog } from "./new-version-dialog";
import { RevealValue } from "./reveal-value";
import * as shown from "./secret-state";
import { StageDialog } from "./stage-dialog";
import { type VersionAction, VersionRow } from "./version-row";

interface Asked {
  act: VersionAction;
  version: VersionMetadata;
}

export function VersionsCard({ secret }: { secret: Secret }) {
  const [asked, setAsked] = useState<Asked | "new">();
  const { rejection, send } = useRequest();
  const fixed = isPendingDeletion(secret);
  const most = allowed.value?.versions;
  const close = () => setAsked(undefined);

  function removeStage(stage: string) {
    void send(async () => {
      await server.deleteSecretStage({ secretName: secret.name, stageName: stage });
      await shown.reload(secret.name);
      announce(`Stage ${stage} is removed. The version it stood on is still there.`);
      document.getElementById("versions-title")?.focus();
    });
  }

  return (
    <section class="card full" aria-labelledby="versions-title">
      <div class="card-head">
        <h2 id="versions-title" tabIndex={-1}>
          Versions
        </h2>
        {most !== undefined && (
          <span class="hint">
            {shown.versions.value.length} of {most}
            {shown.versions.value.length >= most && "; a new one takes the place of the oldest without a stage"}
          </span>
        )}
        {!fixed && (
          <button class="button primary" type="button" onClick={() => setAsked("new")}>
            <Icon name="plus" />
            New version
          </button>
        )}
      </div>
      <ErrorMessage rejection={rejection} />
      <div class="scroll" role="region" aria-label="Versions of the secret" tabIndex={0}>
        <table class="versions">
          <thead>
            <tr>
              {["Version", "Stored", "Expires", "Stages", "Key", ...(fixed ? [] : ["Actions"])].map((title) => (
                <th scope="col" key={title}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.versions.value.map((version) => (
              <VersionRow
                key={version.id}
                version={version}
                fixed={fixed}
                act={(act) => setAsked({ act, version })}
                removeStage={removeStage}
              />
            ))}
          </tbody>
        </table>
      </div>
      {asked === "new" && <NewVersionDialog name={secret.name} onClose={close} />}
      {asked !== undefined && asked !== "new" && <Asked name={secret.name} asked={asked} onClose={close} />}
    </section>
  );
}

function Asked({ name, asked: { act, version }, onClose }: { name: string; asked: Asked; onClose: () => void }) {
  switch (act) {
    case "value":
      return (
        <Dialog title={`Value of ${version.id}`} wide onClose={onClose}>
          <RevealValue name={name} versionId={version.id} />
          <div class="actions">
            <button class="button" type="button" onClick={onClose}>
              Close
            </button>
          </div>
        </Dialog>
      );
    case "expiry":
      return <ExpiryDialog name={name} version={version} onClose={onClose} />;
    case "stage":
      return <StageDialog name={name} version={version} onClose={onClose} />;
    case "current":
      return <MakeCurrentDialog name={name} version={version} onClose={onClose} />;
  }
}
