// Undoing a batch: what that would do first.

import { useEffect, useState } from "preact/hooks";
import { batches as server } from "../api/client";
import { loadLimits } from "../api/limits";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { announce } from "../components/toast";
import { countSecrets, showNumber } from "../numbers";
import { batchAddress } from "../route";
import { inChunks } from "./chunks";
import { countActions, operationWord, summary, undoing } from "./labels";
import { NoPreviewPanel } from "./no-preview-panel";
import { changes } from "./outcomes-table";
import { PreviewPanel } from "./preview-panel";
import { usePreview } from "./use-preview";

interface UndoDialogProps {
  /** Those that one action made, in the order in which it made them. */
  batchIds: readonly string[];
  /** What the batch did. */
  operation: string;
  onUndone: () => void;
  onClose: () => void;
}

// The last is undone first.
const undoBatches = inChunks(server.undoBatch, ({ batchIds }: { batchIds: readonly string[] }) =>
  batchIds.toReversed().map((batchId) => ({ batchId })),
);

export function UndoDialog({ batchIds, operation, onUndone, onClose }: UndoDialogProps) {
  const { planned, unseen, done, sending, preview, apply } = usePreview(undoBatches);
  const [by, setBy] = useState("");
  const rejected = sending.rejection?.reason;
  // What an import created has no earlier state to go back to: it is deleted.
  const deletes = operationWord(operation) === "Import";

  useEffect(() => void preview({ batchIds }), [batchIds.join()]);
  useEffect(() => {
    if (done === undefined) return;
    void loadLimits();
    announce(`${summary(countActions(done.outcomes)) || "Nothing was changed"}.`);
    onUndone();
    onClose();
  }, [done]);
  useEffect(() => {
    if (rejected === "ALREADY_UNDONE") void findUndo();
  }, [rejected]);

  /** Somebody was quicker, or it was done although the answer got lost. */
  async function findUndo() {
    const { batch } = await server.showBatch({ batchId: batchIds[0] ?? "", limit: 1 });
    setBy(batch?.undoneBy ?? "");
    void loadLimits();
    onUndone();
  }

  const close = (
    <button class="button" type="button" onClick={onClose}>
      Cancel
    </button>
  );
  const meaning = (
    <p class={deletes ? "rejected" : undefined}>
      {undoing(operation)} A secret that was changed since is left as it is.
    </p>
  );
  return (
    <Dialog title={deletes ? "Undo this import?" : "Undo this batch?"} wide onClose={onClose}>
      {by !== "" ? (
        <>
          <p class="notice" role="alert">
            It was undone already. <a href={batchAddress(by)}>The batch that did it</a> tells what became of each
            secret.
          </p>
          <div class="actions">
            <button class="button" type="button" autofocus onClick={onClose}>
              Close
            </button>
          </div>
        </>
      ) : unseen ? (
        <NoPreviewPanel
          sending={sending}
          danger={deletes}
          wording={deletes ? "Delete what it created, without a preview" : "Undo it without a preview"}
          apply={() => void apply()}
          acts={close}
        >
          {meaning}
        </NoPreviewPanel>
      ) : planned === undefined ? (
        <>
          <p role="status">{sending.busy && "Checking what can be undone…"}</p>
          <ErrorMessage rejection={sending.rejection} />
          <div class="actions">{close}</div>
        </>
      ) : (
        <PreviewPanel
          answer={planned}
          title={`${showNumber(changes(planned.outcomes).length)} of ${countSecrets(planned.total)} can be undone`}
          sending={sending}
          danger={deletes}
          wording={(count) => `Undo ${countSecrets(count)}`}
          apply={() => void apply()}
          again={() => void preview({ batchIds })}
          acts={close}
          notes={meaning}
        />
      )}
    </Dialog>
  );
}
