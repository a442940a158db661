// The secrets of the project: find one, see where it is in its life, act on it.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { announce } from "../parts/announce";
import { Dialog } from "../parts/dialog";
import { Icon } from "../parts/icons";
import { Refused } from "../parts/refused";
import { secrets as server } from "../server/client";
import { type Refusal, refusalOf } from "../server/refusal";
import { DeleteDialog } from "./delete-dialog";
import * as list from "./loaded";
import { ScheduleDialog } from "./schedule-dialog";
import { SecretsTable } from "./secrets-table";
import { ShowDialog } from "./show-dialog";

export type Act = "show" | "schedule" | "cancel" | "delete";

interface Asked {
  act: Exclude<Act, "cancel">;
  secret: Secret;
}

export function SecretsScreen() {
  const [asked, setAsked] = useState<Asked>();
  const cancelling = useRef(new Set<string>());
  const [kept, setKept] = useState<{ name: string; refusal: Refusal }>();

  useEffect(() => {
    void list.reload();
    return list.forget;
  }, []);

  async function cancelDeletion(secret: Secret) {
    // Pressed twice, it would be refused for having succeeded.
    if (cancelling.current.has(secret.name)) return;
    cancelling.current.add(secret.name);
    try {
      const answer = await server.cancelDeletion({ secretName: secret.name });
      list.put(answer.secret);
      announce(`The deletion of ${secret.name} is cancelled. It can be used again.`);
    } catch (thrown) {
      setKept({ name: secret.name, refusal: refusalOf(thrown) });
    } finally {
      cancelling.current.delete(secret.name);
    }
  }

  function act(wanted: Act, secret: Secret) {
    if (wanted === "cancel") {
      setAsked(undefined);
      void cancelDeletion(secret);
    } else {
      setAsked({ act: wanted, secret });
    }
  }

  const close = () => setAsked(undefined);

  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Secrets</h1>
        {/* An empty list says it in its own words. */}
        {list.loaded.value.length > 0 && (
          <a class="button primary" href="#/import">
            <Icon name="plus" />
            Import secrets
          </a>
        )}
      </div>
      <Body act={act} />
      {asked?.act === "show" && <ShowDialog secret={asked.secret} act={act} onClose={close} />}
      {asked?.act === "schedule" && <ScheduleDialog secret={asked.secret} onClose={close} />}
      {asked?.act === "delete" && <DeleteDialog secret={asked.secret} onClose={close} />}
      {kept && (
        <Dialog title={`The deletion of ${kept.name} was not cancelled`} onClose={() => setKept(undefined)}>
          <Refused refusal={kept.refusal} />
          <div class="actions">
            <button class="button" type="button" onClick={() => setKept(undefined)}>
              Close
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function Body({ act }: { act: (wanted: Act, secret: Secret) => void }) {
  const all = list.loaded.value;
  if (list.refusal.value !== undefined && all.length === 0) {
    return (
      <div class="empty">
        <Refused refusal={list.refusal.value} />
        <button class="button" type="button" onClick={() => void list.reload()}>
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
  if (all.length === 0) {
    return (
      <div class="empty">
        <h2>No secrets yet</h2>
        <p>Import some by hand or from a JSON body. Nothing leaves this page before you press the button.</p>
        <a class="button primary" href="#/import">
          Import secrets
        </a>
      </div>
    );
  }
  return (
    <>
      <Tools />
      <SecretsTable secrets={list.shown.value} act={act} />
      <More />
    </>
  );
}

function Tools() {
  const all = list.loaded.value.length.toLocaleString("en-GB");
  const shown = list.shown.value.length.toLocaleString("en-GB");
  const filtered = list.text.value !== "" || list.state.value !== "all";
  const counted = filtered ? `${shown} of the ${all} loaded` : `${all} loaded`;
  return (
    <div class="tools" role="search">
      <div class="field inline">
        <label for="filter-text">Filter by name</label>
        <input
          id="filter-text"
          type="search"
          autocomplete="off"
          spellcheck={false}
          aria-describedby="filter-count"
          value={list.text.value}
          onInput={(event) => {
            list.text.value = event.currentTarget.value;
          }}
        />
      </div>
      <div class="field inline">
        <label for="filter-state">State</label>
        <select
          id="filter-state"
          value={list.state.value}
          onChange={(event) => {
            list.state.value = event.currentTarget.value as list.StateFilter;
          }}
        >
          <option value="all">All</option>
          <option value="usable">Not waiting</option>
          <option value="waiting">Waiting for deletion</option>
        </select>
      </div>
      <p class="count" id="filter-count" role="status">
        {counted}
        {list.marker.value !== undefined && "; there are more on the server"}
      </p>
      <button class="button quiet" type="button" onClick={() => void list.reload()}>
        <Icon name="reload" />
        Reload
      </button>
    </div>
  );
}

function More() {
  if (list.marker.value === undefined) return null;
  return (
    <div class="more">
      <Refused refusal={list.refusal.value} />
      <button class="button" type="button" aria-disabled={list.loading.value} onClick={() => void list.loadMore()}>
        Load more
      </button>
      <button class="button quiet" type="button" onClick={() => void list.loadRest()}>
        Load all
      </button>
      <p class="hint">The filter looks through what is loaded.</p>
    </div>
  );
}
