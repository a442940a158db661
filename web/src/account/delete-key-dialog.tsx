// Deleting an access key: what it means, before it is done.

import { announce } from "../parts/announce";
import { Dialog } from "../parts/dialog";
import { Rejected } from "../parts/rejected";
import { useSend } from "../parts/use-send";
import { iam } from "../server/client";

interface DeleteKeyDialogProps {
  accessKey: string;
  onDeleted: () => void;
  onClose: () => void;
}

export function DeleteKeyDialog({ accessKey, onDeleted, onClose }: DeleteKeyDialogProps) {
  const { busy, rejection, send } = useSend();

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
        Programs that sign with <code>{accessKey}</code> are rejected from the next request on. This cannot be undone; to
        try whether anything still needs it, deactivate it first.
      </p>
      <Rejected rejection={rejection} />
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
