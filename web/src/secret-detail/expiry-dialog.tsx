// When a version expires. Expiring changes nothing about reading it; it is a date to be reminded by.

import { useState } from "preact/hooks";
import type { VersionMetadata } from "../../generated/strongroom/v1/versions_pb";
import { versions as server } from "../api/client";
import { useRequest } from "../api/request";
import { DateTimeField, formatDateTime, parseDateTime } from "../components/date-time-field";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { announce } from "../components/toast";
import { judgeExpiry } from "../rules";
import * as shown from "./secret-state";

export function ExpiryDialog({
  name,
  version,
  onClose,
}: {
  name: string;
  version: VersionMetadata;
  onClose: () => void;
}) {
  const [text, setText] = useState(version.expireTime === undefined ? "" : formatDateTime(Number(version.expireTime)));
  const { busy, rejection, send, clear } = useRequest();
  const moment = parseDateTime(text);
  const problems = moment === undefined ? [] : judgeExpiry(moment, Date.now());

  function submit(event: Event) {
    event.preventDefault();
    if (moment === undefined || problems.length > 0) return;
    void send(async () => {
      await server.updateVersion({ secretName: name, versionId: version.id, expireTime: BigInt(moment) });
      await shown.reload(name);
      announce(`The expiry of ${version.id} is saved.`);
      onClose();
    });
  }

  return (
    <Dialog title={`When ${version.id} expires`} onClose={onClose}>
      <form class="stack" onSubmit={submit} noValidate>
        <p>An expired version can still be read. The date tells people and programs when to replace it.</p>
        <DateTimeField
          label="Expires"
          text={text}
          problems={problems.map((problem) => problem.message)}
          onText={(changed) => {
            setText(changed);
            clear();
          }}
        />
        <ErrorMessage rejection={rejection} />
        <div class="actions">
          <button class="button" type="button" onClick={onClose}>
            Cancel
          </button>
          <button
            class="button primary"
            type="submit"
            aria-disabled={busy || moment === undefined || problems.length > 0}
          >
            Save expiry
          </button>
        </div>
      </form>
    </Dialog>
  );
}
