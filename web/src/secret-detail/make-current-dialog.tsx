// Rolling back, or forward: which version is given out from now on.

import type { VersionMetadata } from "../../generated/strongroom/v1/versions_pb";
import { stages as server } from "../api/client";
import { useRequest } from "../api/request";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { announce } from "../components/toast";
import * as shown from "./secret-state";
import { CURRENT, holderOf, PREVIOUS } from "./stages";

export function MakeCurrentDialog({
  name,
  version,
  onClose,
}: {
  name: string;
  version: VersionMetadata;
  onClose: () => void;
}) {
  const { busy, rejection, send } = useRequest();
  const before = holderOf(CURRENT);

  function makeCurrent() {
    void send(async () => {
      await server.updateSecretStage({ secretName: name, stageName: CURRENT, versionId: version.id });
      await shown.reload(name);
      announce(`${version.id} is current.`);
      onClose();
    });
  }

  return (
    <Dialog title={`Make ${version.id} current?`} onClose={onClose}>
      <p>
        Whoever asks for the value of {name} gets {version.id} from then on, at once.{" "}
        {before !== undefined && (
          <>
            {before}, current now, keeps its value and becomes {PREVIOUS}.
          </>
        )}
      </p>
      <p>It can be undone the same way.</p>
      <ErrorMessage rejection={rejection} />
      <div class="actions">
        <button class="button" type="button" autofocus onClick={onClose}>
          Cancel
        </button>
        <button class="button primary" type="button" aria-disabled={busy} onClick={makeCurrent}>
          Make {version.id} current
        </button>
      </div>
    </Dialog>
  );
}
