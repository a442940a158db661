// Deleting one secret at once: what that means, and the way that can be undone.

import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { announce } from "../parts/announce";
import { Dialog } from "../parts/dialog";
import { Rejected } from "../parts/rejected";
import { useSend } from "../parts/use-send";
import { secrets as server } from "../server/client";
import { loadLimits } from "../server/limits";

interface DeleteDialogProps {
  secret: Secret;
  onDeleted: (name: string) => void;
  onClose: () => void;
}

export function DeleteDialog({ secret, onDeleted, onClose }: DeleteDialogProps) {
  const { busy, rejection, send } = useSend();

  function deleteForGood() {
    void send(async () => {
      await server.deleteSecret({ secretName: secret.name });
      void loadLimits();
      announce(`${secret.name} is deleted.`);
      onClose();
      onDeleted(secret.name);
    });
  }

  return (
    <Dialog title={`Delete ${secret.name} now?`} onClose={onClose}>
      <p>
        All its versions are gone at once. <strong>This cannot be undone.</strong>
      </p>
      <p>If the secret may still be needed, schedule the deletion instead: it can be cancelled until its date.</p>
      <Rejected rejection={rejection} />
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
