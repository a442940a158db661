// Deleting one secret at once: what that means, and the way that can be undone.

import { useState } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { announce } from "../parts/announce";
import { Dialog } from "../parts/dialog";
import { Refused } from "../parts/refused";
import { secrets as server } from "../server/client";
import { type Refusal, refusalOf } from "../server/refusal";
import * as list from "./loaded";

export function DeleteDialog({ secret, onClose }: { secret: Secret; onClose: () => void }) {
  const [refusal, setRefusal] = useState<Refusal>();
  const [busy, setBusy] = useState(false);

  async function deleteForGood() {
    if (busy) return;
    setBusy(true);
    setRefusal(undefined);
    try {
      await server.deleteSecret({ secretName: secret.name });
      list.drop(secret.name);
      announce(`${secret.name} is deleted.`);
      onClose();
    } catch (thrown) {
      setRefusal(refusalOf(thrown));
      setBusy(false);
    }
  }

  return (
    <Dialog title={`Delete ${secret.name} now?`} onClose={onClose}>
      <p>
        All its versions are gone at once. <strong>This cannot be undone.</strong>
      </p>
      <p>Schedule the deletion instead if somebody might still need it: that can be cancelled for days.</p>
      <Refused refusal={refusal} />
      <div class="actions">
        <button class="button" type="button" autofocus onClick={onClose}>
          Keep it
        </button>
        <button class="button danger" type="button" aria-disabled={busy} onClick={deleteForGood}>
          Delete for good
        </button>
      </div>
    </Dialog>
  );
}
