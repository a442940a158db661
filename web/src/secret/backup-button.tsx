// A backup of one secret as a file: all its versions, sealed by the server, readable by nobody else.

import { announce } from "../parts/announce";
import { download } from "../parts/download";
import { Rejected } from "../parts/rejected";
import { useSend } from "../parts/use-send";
import { backups } from "../server/client";

export function BackupButton({ name }: { name: string }) {
  const { busy, rejection, send } = useSend();

  function backUp() {
    void send(async () => {
      const answer = await backups.downloadSecretBlob({ secretName: name });
      download(`${name}.strongroom-backup`, answer.secretBlob);
      announce(`The backup of ${name} is in your downloads. Only this project on this server can restore it.`);
    });
  }

  return (
    <>
      <button class="button" type="button" aria-disabled={busy} onClick={backUp}>
        Download a backup
      </button>
      <Rejected rejection={rejection} />
    </>
  );
}
