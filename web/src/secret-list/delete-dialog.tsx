// Deleting one secret at once: what that means, and the way that can be undone.

import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { secrets as server } from "../api/client";
import { loadLimits } from "../api/limits";
import { useRequest } from "../api/request";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { announce } from "../components/toast";

interface DeleteDialogProps {
  secret: Secret;
  onDeleted: (name: string) => void;
  onClose: () => void;
}

export function DeleteDialog({ secret, onDeleted, onClose }: DeleteDialogProps) {
  const { busy, rejection, send } = useRequest();

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
    <Dialog title={`Delete ${secret.name} permanently?`} onClose={onClose}>
      <p>
        All its versions are deleted at once. <strong>This cannot be undone.</strong>
      </p>
      <p>If the secret may still be needed, schedule the deletion instead: it can be cancelled until its date.</p>
      <ErrorMessage rejection={rejection} />
      <div class="actions">
        <button class="button" type="button" autofocus onClick={onClose}>
          Cancel
        </button>
        <button class="button danger" type="button" aria-disabled={busy} onClick={deleteForGood}>
          Delete permanently
        </button>
      </div>
    </Dialog>
  );
}
