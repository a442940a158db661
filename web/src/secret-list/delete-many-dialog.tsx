// Deleting the chosen secrets.

import { useMemo } from "preact/hooks";
import type { Outcome } from "../../generated/strongroom/v1/batches_pb";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { DeleteMany } from "../bulk-delete/delete-many";
import { Dialog } from "../components/dialog";
import { showDate } from "../dates";
import { countSecrets } from "../numbers";
import * as list from "./list-state";
import * as selection from "./selection";

interface DeleteManyDialogProps {
  /** As they were chosen; they do not change while the dialog is open. */
  secrets: readonly Secret[];
  onClose: () => void;
}

export function DeleteManyDialog({ secrets, onClose }: DeleteManyDialogProps) {
  const names = useMemo(() => ({ names: secrets.map((secret) => secret.name) }), [secrets]);
  const known = useMemo(() => new Map(secrets.map((secret) => [secret.name, secret])), [secrets]);

  return (
    <Dialog title={`Delete ${countSecrets(secrets.length)}?`} wide onClose={onClose}>
      <DeleteMany
        selection={names}
        expected={secrets.length}
        problems={[]}
        placeOf={(outcome) => lastRead(outcome, known)}
        onDone={() => {
          selection.clear();
          void list.refresh();
        }}
        onUndone={() => void list.refresh()}
      />
      <div class="actions">
        <button class="button" type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

function lastRead({ name }: Outcome, known: ReadonlyMap<string, Secret>): string {
  const secret = known.get(name);
  if (secret === undefined) return "";
  return secret.lastUsedTime === undefined ? "never read" : `last read ${showDate(Number(secret.lastUsedTime))}`;
}
