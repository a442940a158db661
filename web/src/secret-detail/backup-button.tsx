// A backup of one secret as a file: all its versions, sealed by the server, readable by nobody else.

import { backups } from "../api/client";
import { useRequest } from "../api/request";
import { download } from "../components/download";
import { ErrorMessage } from "../components/error-message";
import { announce } from "../components/toast";

export function BackupButton({ name }: { name: string }) {
  const { busy, rejection, send } = useRequest();

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
      <ErrorMessage rejection={rejection} />
    </>
  );
}
