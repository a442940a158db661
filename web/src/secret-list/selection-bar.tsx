// What is chosen in the list, and what can be done with all of it.

import { useState } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { countSecrets, showNumber } from "../numbers";
import { CancelManyDialog } from "./cancel-many-dialog";
import { DeleteManyDialog } from "./delete-many-dialog";
import * as list from "./list-state";
import * as selection from "./selection";

interface Asked {
  act: "delete" | "cancel";
  /** What was chosen when it was asked for: doing it empties the choice. */
  secrets: readonly Secret[];
}

export function SelectionBar() {
  const [asked, setAsked] = useState<Asked>();
  const all = selection.selected.value.size;
  const here = selection.inList.value;
  const usable = selection.usable.value;
  const pending = selection.pending.value;
  const close = () => setAsked(undefined);

  return (
    <>
      <div class={all === 0 ? "selection" : "selection some"}>
        <p role="status">{all > 0 && `${showNumber(all)} selected, ${showNumber(here)} of them in this list`}</p>
        <SelectMatching here={here} />
        {usable.length > 0 && (
          <button
            class="button danger-quiet"
            type="button"
            onClick={() => setAsked({ act: "delete", secrets: usable })}
          >
            Delete {countSecrets(usable.length)}…
          </button>
        )}
        {pending.length > 0 && (
          <button class="button" type="button" onClick={() => setAsked({ act: "cancel", secrets: pending })}>
            Cancel {pending.length === 1 ? "1 deletion" : `${showNumber(pending.length)} deletions`}…
          </button>
        )}
        {all > 0 && (
          <button class="button quiet" type="button" onClick={selection.clear}>
            Select none
          </button>
        )}
      </div>
      {asked?.act === "delete" && <DeleteManyDialog secrets={asked.secrets} onClose={close} />}
      {asked?.act === "cancel" && <CancelManyDialog secrets={asked.secrets} onClose={close} />}
    </>
  );
}

/** All rows that are loaded are chosen, and there are more that answer the search. */
function SelectMatching({ here }: { here: number }) {
  if (here === 0 || here < list.loaded.value.length || list.marker.value === undefined) return null;

  async function select() {
    const wanted = list.answered.peek();
    await list.loadRest();
    // Another search would choose something else than was asked for.
    if (list.answered.peek() === wanted && list.marker.peek() === undefined) selection.choose(list.loaded.peek(), true);
  }

  return (
    <button class="button" type="button" aria-disabled={list.paging.busy} onClick={() => void select()}>
      {list.paging.busy ? "Loading the others…" : "Select all that match"}
    </button>
  );
}
