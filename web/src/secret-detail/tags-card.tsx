// The tags of a secret: see them, add one, change one, remove one.

import { useState } from "preact/hooks";
import type { Secret, Tag } from "../../generated/strongroom/v1/secrets_pb";
import { tags as server } from "../api/client";
import { allowed } from "../api/limits";
import { useRequest } from "../api/request";
import { ErrorMessage } from "../components/error-message";
import { Icon } from "../components/icons";
import { announce } from "../components/toast";
import { isPendingDeletion } from "../secret-list/list-state";
import * as shown from "./secret-state";
import { TagDialog } from "./tag-dialog";

export function TagsCard({ secret }: { secret: Secret }) {
  const [asked, setAsked] = useState<Tag | "new">();
  const { rejection, send } = useRequest();
  const { tags } = secret;
  const fixed = isPendingDeletion(secret);
  const most = allowed.value?.tags;

  function remove(tag: Tag) {
    void send(async () => {
      await server.deleteSecretTag({ secretId: secret.id, key: tag.key });
      await shown.reloadTags(secret.name);
      announce(
        <>
          Tag <bdi>{tag.key}</bdi> is removed.
        </>,
        () => restore(tag),
      );
      document.getElementById("tags-title")?.focus();
    });
  }

  function restore({ key, value }: Tag) {
    void send(async () => {
      await server.createSecretTag({ secretId: secret.id, tag: { key, value } });
      await shown.reloadTags(secret.name);
      document.getElementById("tags-title")?.focus();
    });
  }

  return (
    <section class="card" aria-labelledby="tags-title">
      <div class="card-head">
        <h2 id="tags-title" tabIndex={-1}>
          Tags
        </h2>
        {most !== undefined && (
          <span class="hint">
            {tags.length} of {most}
          </span>
        )}
      </div>
      {tags.length === 0 && <p class="hint">None. Tags group secrets, and secrets can be searched by them.</p>}
      <ul class="chips" aria-label="Tags of the secret">
        {tags.map((tag) => (
          <li key={tag.key} class="chip">
            <Words tag={tag} />
            {!fixed && (
              <>
                <button
                  class="chip-act"
                  type="button"
                  aria-label={`Change tag ${tag.key}`}
                  onClick={() => setAsked(tag)}
                >
                  <Icon name="pencil" />
                </button>
                <button class="chip-act" type="button" aria-label={`Remove tag ${tag.key}`} onClick={() => remove(tag)}>
                  <Icon name="cross" />
                </button>
              </>
            )}
          </li>
        ))}
      </ul>
      {!fixed && (
        <button class="button small" type="button" onClick={() => setAsked("new")}>
          <Icon name="plus" />
          Add a tag
        </button>
      )}
      <ErrorMessage rejection={rejection} />
      {asked !== undefined && (
        <TagDialog secret={secret} tag={asked === "new" ? undefined : asked} onClose={() => setAsked(undefined)} />
      )}
    </section>
  );
}

function Words({ tag }: { tag: Tag }) {
  return (
    <span class="chip-words">
      <bdi>{tag.key}</bdi>
      {tag.value !== "" && (
        <>
          {" "}
          <bdi class="chip-value">{tag.value}</bdi>
        </>
      )}
    </span>
  );
}
