// Bringing a secret back from a backup file.

import { useState } from "preact/hooks";
import { backups as server } from "../api/client";
import { loadLimits } from "../api/limits";
import { useRequest } from "../api/request";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { announce } from "../components/toast";
import { showNumber } from "../numbers";
import { goTo, secretAddress } from "../route";
import { limits } from "../rules";
import { forget as forgetOffers } from "./known-tags";

export function RestoreDialog({ onClose }: { onClose: () => void }) {
  const [file, setFile] = useState<File>();
  const { busy, rejection, send, clear } = useRequest();
  // A backup is plain ASCII, so its bytes are its characters; what is larger is not even read.
  const { maxBackup } = limits();
  const tooLarge = file !== undefined && file.size > maxBackup;
  const ready = file !== undefined && !tooLarge;

  function submit(event: Event) {
    event.preventDefault();
    if (!ready) return;
    void send(async () => {
      const answer = await server.uploadSecretBlob({ secretBlob: (await file.text()).trim() });
      const name = answer.secret?.name ?? "";
      void loadLimits();
      forgetOffers();
      announce(`${name} is restored with all its versions.`);
      onClose();
      goTo(secretAddress(name));
    });
  }

  return (
    <Dialog title="Restore a secret from a backup" onClose={onClose}>
      <form class="stack" onSubmit={submit} noValidate>
        <p>Restores the secret with its versions, stages and tags under its original name. The name must be free.</p>
        <label class="button file-button">
          Choose a backup file
          <input
            class="unseen"
            type="file"
            onChange={(event) => {
              setFile(event.currentTarget.files?.[0]);
              clear();
            }}
          />
        </label>
        <p class="outcome" role="status">
          {ready && rejection === undefined && (
            <>
              <bdi>{file.name}</bdi> is chosen. Nothing has been sent yet.
            </>
          )}
        </p>
        <div role="alert">
          {tooLarge && (
            <p class="rejected">
              <bdi>{file.name}</bdi> has {showNumber(file.size)} characters, and a backup has {showNumber(maxBackup)} at
              most. Choose the file as it was downloaded.
            </p>
          )}
        </div>
        <ErrorMessage rejection={rejection} />
        <div class="actions">
          <button class="button" type="button" onClick={onClose}>
            Cancel
          </button>
          <button class="button primary" type="submit" aria-disabled={busy || !ready}>
            Restore
          </button>
        </div>
      </form>
    </Dialog>
  );
}
