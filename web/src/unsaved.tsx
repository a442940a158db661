// What somebody has typed and not saved: leaving it, by a link, Back, a reload or closing the tab, asks first.

import { signal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { session } from "./api/session";
import { Dialog } from "./components/dialog";
import { leave, leaving, setUnsavedCheck, stay } from "./route";

interface Unsaved {
  /** As in "The entries of this import are not saved." */
  what: string;
  /** It is there again when one comes back, as long as the page is not reloaded. */
  kept?: boolean;
  discard?: () => void;
}

const unsaved = signal<ReadonlyMap<string, Unsaved>>(new Map());

setUnsavedCheck(() => unsaved.peek().size > 0);

/** What is not on the screen now but kept until one comes back to it. */
const kept: (() => boolean)[] = [];

/** Asks before the page is closed or reloaded while there is something that only its memory holds. */
export function keepUnsaved(check: () => boolean): void {
  kept.push(check);
}

export function isAnythingUnsaved(): boolean {
  return unsaved.peek().size > 0 || kept.some((check) => check());
}

window.addEventListener("beforeunload", (event) => {
  // Whoever is logged out sees nothing that could be lost.
  if (session.peek() !== undefined && isAnythingUnsaved()) event.preventDefault();
});

/** Asks before `what` is left, as long as there is something to be lost. */
export function useUnsaved(what: string, isUnsaved: boolean, kept?: { discard: () => void }): void {
  const id = useId();
  useEffect(() => {
    if (!isUnsaved) return;
    unsaved.value = new Map(unsaved.peek()).set(id, { what, ...(kept && { kept: true, discard: kept.discard }) });
    return () => {
      const left = new Map(unsaved.peek());
      left.delete(id);
      unsaved.value = left;
    };
  }, [what, isUnsaved]);
}

/** The question, while somebody is on the way out. */
export function LeaveQuestion() {
  const [first] = unsaved.value.values();
  if (leaving.value === undefined || first === undefined) return null;

  function discard() {
    for (const each of unsaved.peek().values()) each.discard?.();
    leave();
  }

  return (
    <Dialog title="Leave this screen?" onClose={stay}>
      <p>{first.what} not saved.</p>
      {first.kept && <p>If you keep it, it is here again when you come back, until you reload the page or log out.</p>}
      <div class="actions">
        <button class="button" type="button" onClick={discard}>
          Discard and leave
        </button>
        {first.kept && (
          <button class="button" type="button" onClick={leave}>
            Keep and leave
          </button>
        )}
        <button class="button primary" type="button" autofocus onClick={stay}>
          Stay
        </button>
      </div>
    </Dialog>
  );
}
