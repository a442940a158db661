// What is chosen in the list, and what can be done with all of it.

import { useState } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { countSecrets, showNumber } from "../numbers";
import { CancelManyDialog } from "./cancel-many-dialog";
import { DeleteManyDialog } from "./delete-many-dialog";
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
  const waiting = selection.waiting.value;
  const close = () => setAsked(undefined);

  return (
    <>
      <div class={all === 0 ? "selection" : "selection some"}>
        <p role="status">{all > 0 && `${showNumber(all)} selected, ${showNumber(here)} of them in this list`}</p>
        {usable.length > 0 && (
          <button
            class="button danger-quiet"
            type="button"
            onClick={() => setAsked({ act: "delete", secrets: usable })}
          >
            Delete {countSecrets(usable.length)}…
          </button>
        )}
        {waiting.length > 0 && (
          <button class="button" type="button" onClick={() => setAsked({ act: "cancel", secrets: waiting })}>
            Cancel {waiting.length === 1 ? "1 deletion" : `${showNumber(waiting.length)} deletions`}…
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
