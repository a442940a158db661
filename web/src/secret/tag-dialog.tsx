// One tag: a new one, or another value for one that is there.

import { useState } from "preact/hooks";
import type { Secret, Tag } from "../../generated/strongroom/v1/secrets_pb";
import { announce } from "../parts/announce";
import { Dialog } from "../parts/dialog";
import { Field } from "../parts/field";
import { Rejected } from "../parts/rejected";
import { useSend } from "../parts/use-send";
import { judgeTag } from "../rules";
import { tags as server } from "../server/client";
import * as shown from "./shown";

interface TagDialogProps {
  secret: Secret;
  /** The tag to be changed; none for a new one. */
  tag: Tag | undefined;
  onClose: () => void;
}

export function TagDialog({ secret, tag, onClose }: TagDialogProps) {
  const [key, setKey] = useState(tag?.key ?? "");
  const [value, setValue] = useState(tag?.value ?? "");
  const { busy, rejection, send, clear } = useSend();
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
        <Rejected rejection={rejection} />
        <div class="actions">
          <button class="button" type="button" onClick={onClose}>
            Leave as it was
          </button>
          <button class="button primary" type="submit" aria-disabled={busy || problems.length > 0}>
            Save tag
          </button>
        </div>
      </form>
    </Dialog>
  );
}
