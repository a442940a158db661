// The access keys of whoever is logged in: what programs sign their requests with.

import { useEffect, useState } from "preact/hooks";
import { type AccessKey, AccessKeyStatus, type CreatedAccessKey } from "../../generated/strongroom/v1/iam_pb";
import { iam, READ_TIMEOUT_MS } from "../api/client";
import { useRequest } from "../api/request";
import { ErrorMessage } from "../components/error-message";
import { Field } from "../components/field";
import { Icon } from "../components/icons";
import { RequestStatus } from "../components/request-status";
import { announce } from "../components/toast";
import { showMoment } from "../dates";
import { CreatedKeyDialog } from "./created-key-dialog";
import { DeleteKeyDialog } from "./delete-key-dialog";

export function AccessKeysCard() {
  const [keys, setKeys] = useState<AccessKey[]>();
  const [description, setDescription] = useState("");
  const [created, setCreated] = useState<CreatedAccessKey>();
  const [asked, setAsked] = useState<AccessKey>();
  const reading = useRequest();
  const { busy, rejection, send, clear } = useRequest();

  const load = () =>
    reading.load(async (signal) => {
      const answer = await iam.listAccessKeys({}, { signal, timeoutMs: READ_TIMEOUT_MS });
      setKeys(answer.credentials);
    });
  useEffect(() => void load(), []);

  function create(event: Event) {
    event.preventDefault();
    void send(async () => {
      const answer = await iam.createAccessKey({ credential: { description: description.trim() } });
      setCreated(answer.credential);
      setDescription("");
      await load();
    });
  }

  function turn(key: AccessKey) {
    const status = isActive(key) ? AccessKeyStatus.INACTIVE : AccessKeyStatus.ACTIVE;
    void send(async () => {
      await iam.updateAccessKey({ accessKey: key.access, credential: { status } });
      await load();
      const now = status === AccessKeyStatus.ACTIVE ? "accepted again" : "rejected from now on";
      announce(`Requests signed with ${key.access} are ${now}.`);
    });
  }

  return (
    <section class="card stack" aria-labelledby="access-keys-title">
      <h2 id="access-keys-title" tabIndex={-1}>
        Access keys
      </h2>
      <p class="hint">
        Programs sign requests with them. To replace one, create another, switch the programs over, deactivate the old
        one, and delete it when nothing has failed.
      </p>
      <RequestStatus request={reading} what="access keys" shown={keys !== undefined} />
      {keys?.length === 0 && <p>You have no access keys.</p>}
      <ul class="access-keys" aria-label="Access keys">
        {keys?.map((key) => (
          <li key={key.access}>
            <div>
              <code>{key.access}</code>{" "}
              {isActive(key) ? <span class="badge good">Active</span> : <span class="badge waiting">Inactive</span>}
              <p class="hint">
                {key.description !== "" && `${key.description}. `}Created {showMoment(Date.parse(key.createTime))}
              </p>
            </div>
            <div class="actions start">
              <button class="button small" type="button" aria-disabled={busy} onClick={() => turn(key)}>
                {isActive(key) ? "Deactivate" : "Activate"}
                <span class="unseen"> access key {key.access}</span>
              </button>
              <button class="button small danger-quiet" type="button" onClick={() => setAsked(key)}>
                Delete…<span class="unseen"> access key {key.access}</span>
              </button>
            </div>
          </li>
        ))}
      </ul>
      <form class="stack" onSubmit={create} noValidate>
        <Field label="Description of the access key" hint="Optional.">
          {(tied) => (
            <input
              {...tied}
              autocomplete="off"
              maxLength={255}
              value={description}
              onInput={(event) => {
                setDescription(event.currentTarget.value);
                clear();
              }}
            />
          )}
        </Field>
        <div class="actions start">
          <button class="button" type="submit" aria-disabled={busy}>
            <Icon name="plus" />
            Create access key
          </button>
        </div>
      </form>
      <ErrorMessage rejection={rejection} />
      {created !== undefined && <CreatedKeyDialog made={created} onClose={() => setCreated(undefined)} />}
      {asked !== undefined && (
        <DeleteKeyDialog
          accessKey={asked.access}
          onDeleted={() => {
            setKeys(keys?.filter((key) => key.access !== asked.access));
            document.getElementById("access-keys-title")?.focus();
          }}
          onClose={() => setAsked(undefined)}
        />
      )}
    </section>
  );
}

function isActive(key: AccessKey): boolean {
  return key.status === AccessKeyStatus.ACTIVE;
}
