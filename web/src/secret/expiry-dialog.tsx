// When a version expires. Expiring changes nothing about reading it; it is a date to be reminded by.

import { useState } from "preact/hooks";
import type { VersionMetadata } from "../../generated/strongroom/v1/versions_pb";
import { announce } from "../parts/announce";
import { Dialog } from "../parts/dialog";
import { MomentField, momentOf, spellMoment } from "../parts/moment-field";
import { Rejected } from "../parts/rejected";
import { useSend } from "../parts/use-send";
import { judgeExpiry } from "../rules";
import { versions as server } from "../server/client";
import * as shown from "./shown";

export function ExpiryDialog({ name, version, onClose }: { name: string; version: VersionMetadata; onClose: () => void }) {
  const [text, setText] = useState(version.expireTime === undefined ? "" : spellMoment(Number(version.expireTime)));
  const { busy, rejection, send, clear } = useSend();
  const moment = momentOf(text);
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
        <MomentField
          label="Expires"
          text={text}
          problems={problems.map((problem) => problem.message)}
          onText={(changed) => {
            setText(changed);
            clear();
          }}
        />
        <Rejected rejection={rejection} />
        <div class="actions">
          <button class="button" type="button" onClick={onClose}>
            Leave as it is
          </button>
          <button class="button primary" type="submit" aria-disabled={busy || moment === undefined || problems.length > 0}>
            Save expiry
          </button>
        </div>
      </form>
    </Dialog>
  );
}
