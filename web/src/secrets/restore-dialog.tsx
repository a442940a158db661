// Bringing a secret back from a backup file.

import { useState } from "preact/hooks";
import { announce } from "../parts/announce";
import { Dialog } from "../parts/dialog";
import { Refused } from "../parts/refused";
import { useSend } from "../parts/use-send";
import { goTo, secretAddress } from "../route";
import { backups as server } from "../server/client";
import { loadLimits } from "../server/limits";
import { forget as forgetOffers } from "./tag-offers";

export function RestoreDialog({ onClose }: { onClose: () => void }) {
  const [file, setFile] = useState<File>();
  const { busy, refusal, send, clear } = useSend();

  function submit(event: Event) {
    event.preventDefault();
    if (file === undefined) return;
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
        <p>It comes back with its versions, stages and tags, under the name it had. That name must be free.</p>
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
          {file !== undefined && <>{file.name} is chosen. Nothing has been sent yet.</>}
        </p>
        <Refused refusal={refusal} />
        <div class="actions">
          <button class="button" type="button" onClick={onClose}>
            Leave it
          </button>
          <button class="button primary" type="submit" aria-disabled={busy || file === undefined}>
            Restore
          </button>
        </div>
      </form>
    </Dialog>
  );
}
