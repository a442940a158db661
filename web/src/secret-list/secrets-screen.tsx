// The secrets of the project: find one, see where it is in its life, act on it.

import { useEffect, useState } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { secrets as server } from "../api/client";
import { allowed } from "../api/limits";
import { useRequest } from "../api/use-request";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { Icon } from "../components/icons";
import { announce } from "../components/toast";
import { showNumber } from "../numbers";
import { DeleteDialog } from "./delete-dialog";
import * as list from "./list-state";
import { RestoreDialog } from "./restore-dialog";
import { ScheduleDialog } from "./schedule-dialog";
import { SearchTools } from "./search-tools";
import type { RowAction } from "./secret-row";
import { SecretsTable } from "./secrets-table";
import { SelectionBar } from "./selection-bar";

interface Asked {
  act: Exclude<RowAction, "cancel">;
  secret: Secret;
}

export function SecretsScreen() {
  const [asked, setAsked] = useState<Asked | "restore">();
  const [kept, setKept] = useState<string>();
  const { rejection, send, clear } = useRequest();

  useEffect(() => list.reload(), []);

  function cancelDeletion(secret: Secret) {
    void send(async () => {
      setKept(secret.name);
      const answer = await server.cancelDeletion({ secretName: secret.name });
      list.put(answer.secret);
      announce(`The deletion of ${secret.name} is cancelled. It can be used again.`);
    });
  }

  function act(wanted: RowAction, secret: Secret) {
    if (wanted === "cancel") cancelDeletion(secret);
    else setAsked({ act: wanted, secret });
  }

  const close = () => setAsked(undefined);
  const dialog = asked === "restore" ? undefined : asked;

  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Secrets</h1>
        <Quota />
        <div class="heading-acts">
          <button class="button" type="button" onClick={() => setAsked("restore")}>
            Restore a backup…
          </button>
          <a class="button primary" href="#/import">
            <Icon name="plus" />
            Import secrets
          </a>
        </div>
      </div>
      <SearchTools />
      <SelectionBar />
      <Body act={act} />
      {asked === "restore" && <RestoreDialog onClose={close} />}
      {dialog?.act === "schedule" && <ScheduleDialog secret={dialog.secret} onScheduled={list.put} onClose={close} />}
      {dialog?.act === "delete" && <DeleteDialog secret={dialog.secret} onDeleted={list.drop} onClose={close} />}
      {rejection !== undefined && (
        <Dialog title={`The deletion of ${kept} was not cancelled`} onClose={clear}>
          <ErrorMessage rejection={rejection} />
          <div class="actions">
            <button class="button" type="button" onClick={clear}>
              Close
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function Quota() {
  const limits = allowed.value;
  if (limits === undefined) return null;
  return (
    <p class="quota hint">
      {showNumber(limits.secretsUsed)} of {showNumber(limits.secrets)} secrets
    </p>
  );
}

function Body({ act }: { act: (wanted: RowAction, secret: Secret) => void }) {
  const all = list.loaded.value;
  if (list.rejection.value !== undefined && all.length === 0) {
    return (
      <div class="empty">
        <ErrorMessage rejection={list.rejection.value} />
        <button class="button" type="button" onClick={list.reload}>
          Try again
        </button>
      </div>
    );
  }
  if (!list.known.value) {
    return (
      <p class="empty" role="status">
        Loading secrets…
      </p>
    );
  }
  if (all.length === 0 && list.answered.value.trim() === "") {
    return (
      <div class="empty">
        <h2>No secrets yet</h2>
        <p>Import some by hand or from a file. Nothing is stored before you have seen a preview.</p>
      </div>
    );
  }
  return (
    <>
      <SecretsTable secrets={all} act={act} />
      <More />
    </>
  );
}

function More() {
  if (list.marker.value === undefined) return null;
  return (
    <div class="more">
      <ErrorMessage rejection={list.rejection.value} />
      <button class="button" type="button" aria-disabled={list.loading.value} onClick={() => void list.loadMore()}>
        Load more
      </button>
      <button class="button quiet" type="button" onClick={() => void list.loadRest()}>
        Load all
      </button>
    </div>
  );
}
