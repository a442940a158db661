// Rolling back, or forward: which version is given out from now on.

import type { VersionMetadata } from "../../generated/strongroom/v1/versions_pb";
import { announce } from "../parts/announce";
import { Dialog } from "../parts/dialog";
import { Rejected } from "../parts/rejected";
import { useSend } from "../parts/use-send";
import { stages as server } from "../server/client";
import * as shown from "./shown";
import { CURRENT, holderOf, PREVIOUS } from "./stages";

export function MakeCurrentDialog({ name, version, onClose }: { name: string; version: VersionMetadata; onClose: () => void }) {
  const { busy, rejection, send } = useSend();
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
      <Rejected rejection={rejection} />
      <div class="actions">
        <button class="button" type="button" autofocus onClick={onClose}>
          Leave as it is
        </button>
        <button class="button primary" type="button" aria-disabled={busy} onClick={makeCurrent}>
          Make {version.id} current
        </button>
      </div>
    </Dialog>
  );
}
