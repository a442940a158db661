// One secret, at an address of its own: what is known about it, its value, its tags and its versions.

import { useEffect, useState } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { secrets as server } from "../api/client";
import { useRequest } from "../api/request";
import { LATEST } from "../components/clipboard";
import { ErrorMessage } from "../components/error-message";
import { MenuButton } from "../components/menu";
import { RequestStatus } from "../components/request-status";
import { announce } from "../components/toast";
import { goTo, listAddress } from "../route";
import { DeleteDialog } from "../secret-list/delete-dialog";
import { STATES } from "../secret-list/labels";
import { isPendingDeletion } from "../secret-list/list-state";
import { ScheduleDialog } from "../secret-list/schedule-dialog";
import { BackupButton } from "./backup-button";
import { About } from "./facts-card";
import { RevealValue } from "./reveal-value";
import * as shown from "./secret-state";
import { CURRENT, holderOf } from "./stages";
import { TagsCard } from "./tags-card";
import { VersionsCard } from "./versions-card";

export function SecretScreen({ name }: { name: string }) {
  const secret = shown.secret.value;

  useEffect(() => {
    void shown.load(name);
    return shown.forget;
  }, [name]);

  return (
    <>
      <p class="back">
        <a href={listAddress.value}>All secrets</a>
      </p>
      <div class="heading">
        <h1 tabIndex={-1} class="mono">
          {name}
        </h1>
        {secret !== undefined && <span class={`badge ${STATES[secret.state].tone}`}>{STATES[secret.state].word}</span>}
        {secret !== undefined && <Acts secret={secret} />}
      </div>
      <RequestStatus request={shown.reading} what={name} shown={secret !== undefined} />
      {secret !== undefined && <Body secret={secret} />}
    </>
  );
}

function Body({ secret }: { secret: Secret }) {
  return (
    <div class="columns">
      <About secret={secret} />
      <div class="stack">
        <section class="card" aria-labelledby="value-title">
          <h2 id="value-title">Current value</h2>
          {isPendingDeletion(secret) ? (
            <p class="notice">
              This secret is pending deletion. Its value cannot be read and nothing can be changed until the deletion is
              cancelled.
            </p>
          ) : (
            // Another version may have become current: what is shown of the one before must go.
            <RevealValue key={holderOf(CURRENT)} name={secret.name} versionId={LATEST} />
          )}
        </section>
        <TagsCard secret={secret} />
      </div>
      <VersionsCard secret={secret} />
    </div>
  );
}

function Acts({ secret }: { secret: Secret }) {
  const [asked, setAsked] = useState<"schedule" | "delete">();
  const { busy, rejection, send } = useRequest();
  const close = () => setAsked(undefined);

  function cancelDeletion() {
    void send(async () => {
      const answer = await server.cancelDeletion({ secretName: secret.name });
      shown.put(answer.secret);
      announce(`The deletion of ${secret.name} is cancelled. It can be used again.`);
    });
  }

  return (
    <>
      <div class="heading-acts">
        {isPendingDeletion(secret) ? (
          <button class="button primary" type="button" aria-disabled={busy} onClick={cancelDeletion}>
            Cancel deletion
          </button>
        ) : (
          <>
            <BackupButton name={secret.name} />
            <button class="button" type="button" onClick={() => setAsked("schedule")}>
              Schedule deletion…
            </button>
            <MenuButton
              label={`More actions for ${secret.name}`}
              class="icon-only"
              items={[{ label: "Delete permanently…", danger: true, run: () => setAsked("delete") }]}
            />
          </>
        )}
        <ErrorMessage rejection={rejection} />
      </div>
      {asked === "schedule" && <ScheduleDialog secret={secret} onScheduled={shown.put} onClose={close} />}
      {asked === "delete" && (
        <DeleteDialog secret={secret} onDeleted={() => goTo(listAddress.peek())} onClose={close} />
      )}
    </>
  );
}
