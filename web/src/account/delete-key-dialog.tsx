// Deleting an access key: what it means, before it is done.

import { iam } from "../api/client";
import { useRequest } from "../api/request";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { announce } from "../components/toast";

interface DeleteKeyDialogProps {
  accessKey: string;
  onDeleted: () => void;
  onClose: () => void;
}

export function DeleteKeyDialog({ accessKey, onDeleted, onClose }: DeleteKeyDialogProps) {
  const { busy, rejection, send } = useRequest();

  function remove() {
    void send(async () => {
      await iam.deleteAccessKey({ accessKey });
      announce(`Access key ${accessKey} is deleted.`);
      onClose();
      onDeleted();
    });
  }

  return (
    <Dialog title="Delete the access key?" onClose={onClose}>
      <p>
        Programs that sign with <code>{accessKey}</code> are rejected from the next request on. This cannot be undone;
        to try whether anything still needs it, deactivate it first.
      </p>
      <ErrorMessage rejection={rejection} />
      <div class="actions">
        <button class="button" type="button" autofocus onClick={onClose}>
          Cancel
        </button>
        <button class="button danger" type="button" aria-disabled={busy} onClick={remove}>
          Delete access key
        </button>
      </div>
    </Dialog>
  );
}
