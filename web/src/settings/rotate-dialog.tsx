// Taking a new root key: what it means, before it is done.

import type { RootKey } from "../../generated/strongroom/v1/root_keys_pb";
import { rootKeys as server } from "../api/client";
import { useRequest } from "../api/request";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { announce } from "../components/toast";

export function RotateDialog({
  onRotated,
  onClose,
}: {
  onRotated: (key: RootKey | undefined) => void;
  onClose: () => void;
}) {
  const { busy, rejection, send } = useRequest();

  function rotate() {
    void send(async () => {
      const answer = await server.rotateRootKey({});
      announce(`The root key of term ${answer.rootKey?.term} seals every key.`);
      onRotated(answer.rootKey);
      onClose();
    });
  }

  return (
    <Dialog title="Rotate the root key?" onClose={onClose}>
      <p>
        The server makes a new root key, seals all keys under it and forgets the old one. Everybody stays logged in.
      </p>
      <p>
        <strong>Backups of the store made before need the old root key.</strong> Keep it with them, and keep a copy of
        the new one apart from the store.
      </p>
      <ErrorMessage rejection={rejection} />
      <div class="actions">
        <button class="button" type="button" autofocus onClick={onClose}>
          Cancel
        </button>
        <button class="button primary" type="button" aria-disabled={busy} onClick={rotate}>
          Rotate
        </button>
      </div>
    </Dialog>
  );
}
