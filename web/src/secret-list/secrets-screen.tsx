// The secrets of the project: find one, see where it is in its life, act on it.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { secrets as server } from "../api/client";
import { allowed } from "../api/limits";
import { useRequest } from "../api/request";
import { copyText, copyValue } from "../components/clipboard";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { Icon } from "../components/icons";
import { MenuButton } from "../components/menu";
import { RequestStatus } from "../components/request-status";
import { announce } from "../components/toast";
import { showNumber } from "../numbers";
import { hash, IMPORT, listAddress, params, path, replaceParams, SECRETS } from "../route";
import { NewSecretDialog } from "../secret-form/new-secret-dialog";
import { DeleteDialog } from "./delete-dialog";
import * as list from "./list-state";
import { RestoreDialog } from "./restore-dialog";
import { ScheduleDialog } from "./schedule-dialog";
import { SearchTools } from "./search-tools";
import type { RowAction } from "./secret-row";
import { SecretsTable } from "./secrets-table";
import { SelectionBar } from "./selection-bar";

interface Asked {
  act: "schedule" | "delete";
  secret: Secret;
}

export function SecretsScreen() {
  const [asked, setAsked] = useState<Asked | "restore" | "new">();
  const [failed, setFailed] = useState("");
  const { rejection, send, clear } = useRequest();

  useAddress();

  function act(wanted: RowAction, secret: Secret) {
    switch (wanted) {
      case "schedule":
      case "delete":
        return setAsked({ act: wanted, secret });
      case "cancel":
        setFailed(`The deletion of ${secret.name} was not cancelled`);
        return void send(async () => {
          const answer = await server.cancelDeletion({ secretName: secret.name });
          list.put(answer.secret);
          announce(`The deletion of ${secret.name} is cancelled. It can be used again.`);
        });
      case "copy-name":
        return void copyText(secret.name).then(() => announce(`The name ${secret.name} is in the clipboard.`));
      case "copy-value":
        setFailed(`The value of ${secret.name} was not copied`);
        return void send(async () => {
          await copyValue(secret.name);
          announce(`The value of ${secret.name} is in the clipboard.`);
        });
    }
  }

  const close = () => setAsked(undefined);
  const dialog = typeof asked === "object" ? asked : undefined;

  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Secrets</h1>
        <Quota />
        <div class="heading-acts">
          <button class="button primary" type="button" onClick={() => setAsked("new")}>
            <Icon name="plus" />
            New secret
          </button>
          <a class="button" href={IMPORT}>
            <Icon name="upload" />
            Import
          </a>
          <MenuButton
            label="More ways to add secrets"
            class="icon-only"
            items={[{ label: "Restore a backup…", run: () => setAsked("restore") }]}
          />
        </div>
      </div>
      <SearchTools />
      <SelectionBar />
      <Body act={act} create={() => setAsked("new")} />
      {asked === "new" && <NewSecretDialog onCreated={() => void list.refresh()} onClose={close} />}
      {asked === "restore" && <RestoreDialog onClose={close} />}
      {dialog?.act === "schedule" && <ScheduleDialog secret={dialog.secret} onScheduled={list.put} onClose={close} />}
      {dialog?.act === "delete" && <DeleteDialog secret={dialog.secret} onDeleted={list.drop} onClose={close} />}
      {rejection !== undefined && (
        <Dialog title={failed} onClose={clear}>
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

// Rather more than fit into a window: a list can be scrolled to a row only when there are enough behind it.
const ROWS_IN_SIGHT = 100;

/** The search and the place in the list stand in the address: it can be bookmarked, sent, and gone back to. */
function useAddress(): void {
  const searched = params.value.get("q") ?? "";
  const typed = list.query.value;
  /** The search that this screen has put into the address. */
  const written = useRef(searched);

  useEffect(() => {
    const row = Number(params.peek().get("row") ?? 0);
    list.query.value = params.peek().get("q") ?? "";
    void list.refresh(row + ROWS_IN_SIGHT);
  }, []);
  useEffect(() => {
    // Back, Forward, or an address that was typed. What was written here may be behind what is being typed.
    if (searched === written.current) return;
    written.current = searched;
    list.query.value = searched;
    void list.search();
  }, [searched]);
  useEffect(() => {
    // What is typed now: coming to the screen, the address has just been read into it.
    const now = list.query.peek();
    if (now === (params.peek().get("q") ?? "")) return;
    written.current = now;
    replaceParams({ q: now, row: "" });
  }, [typed]);
  useEffect(() => {
    if (path.value === SECRETS) listAddress.value = hash.value || SECRETS;
  }, [hash.value]);
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

function Body({ act, create }: { act: (wanted: RowAction, secret: Secret) => void; create: () => void }) {
  const all = list.loaded.value;
  const shown = list.answered.value !== undefined;
  const nothing = list.settled.value && all.length === 0 && list.query.value.trim() === "";
  return (
    <>
      <RequestStatus request={list.searching} what="secrets" shown={shown} />
      {nothing && (
        <div class="empty">
          <h2>No secrets yet</h2>
          <p>Create one, or import many by hand or from a file. An import shows a preview before it stores anything.</p>
          <div class="actions start">
            <button class="button primary" type="button" onClick={create}>
              <Icon name="plus" />
              Create the first secret
            </button>
            <a class="button" href={IMPORT}>
              Import secrets
            </a>
          </div>
        </div>
      )}
      {shown && !nothing && (
        <div class="list-body" aria-busy={list.searching.busy}>
          <SecretsTable secrets={all} act={act} />
          <More />
        </div>
      )}
    </>
  );
}

function More() {
  if (list.marker.value === undefined) return null;
  const { busy, rejection } = list.paging;
  return (
    <div class="more">
      <ErrorMessage rejection={rejection} />
      <button class="button" type="button" aria-disabled={busy} onClick={() => void list.loadMore()}>
        {rejection === undefined ? "Load more" : "Retry"}
      </button>
      <button class="button quiet" type="button" onClick={() => void list.loadRest()}>
        Load all
      </button>
    </div>
  );
}
