// One tag: a new one, or another value for one that is there.

import { useState } from "preact/hooks";
import type { Secret, Tag } from "../../generated/strongroom/v1/secrets_pb";
import { tags as server } from "../api/client";
import { useRequest } from "../api/request";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { Field } from "../components/field";
import { announce } from "../components/toast";
import { judgeTag } from "../rules";
import * as shown from "./secret-state";

interface TagDialogProps {
  secret: Secret;
  /** The tag to be changed; none for a new one. */
  tag: Tag | undefined;
  onClose: () => void;
}

export function TagDialog({ secret, tag, onClose }: TagDialogProps) {
  const [key, setKey] = useState(tag?.key ?? "");
  const [value, setValue] = useState(tag?.value ?? "");
  const { busy, rejection, send, clear } = useRequest();
  const problems = judgeTag(key, value);
  const overwritten = tag === undefined && secret.tags.find((there) => there.key === key);

  // What is still missing is no mistake while one is typing.
  const about = (field: string) =>
    problems.filter((problem) => problem.field === field && key !== "").map((problem) => problem.message);

  function submit(event: Event) {
    event.preventDefault();
    if (problems.length > 0) return;
    void send(async () => {
      await server.createSecretTag({ secretId: secret.id, tag: { key, value } });
      await shown.reloadTags(secret.name);
      announce(`Tag ${key} is saved.`);
      onClose();
    });
  }

  return (
    <Dialog title={tag === undefined ? "Add a tag" : `Change tag ${tag.key}`} onClose={onClose}>
      <form class="stack" onSubmit={submit} noValidate>
        {tag === undefined && (
          <Field label="Key" problems={about("key")}>
            {(tied) => (
              <input
                {...tied}
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
                value={key}
                onInput={(event) => {
                  setKey(event.currentTarget.value);
                  clear();
                }}
              />
            )}
          </Field>
        )}
        <Field label="Value" hint="Optional." problems={about("value")}>
          {(tied) => (
            <input
              {...tied}
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              value={value}
              onInput={(event) => {
                setValue(event.currentTarget.value);
                clear();
              }}
            />
          )}
        </Field>
        {overwritten && <p class="outcome">The secret has tag {key} already; it gets the new value.</p>}
        <ErrorMessage rejection={rejection} />
        <div class="actions">
          <button class="button" type="button" onClick={onClose}>
            Cancel
          </button>
          <button class="button primary" type="submit" aria-disabled={busy || problems.length > 0}>
            Save tag
          </button>
        </div>
      </form>
    </Dialog>
  );
}
