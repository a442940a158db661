// Undoing a batch: what that would do first.

import { useEffect, useState } from "preact/hooks";
import { batches as server } from "../api/client";
import { loadLimits } from "../api/limits";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { announce } from "../components/toast";
import { countSecrets, showNumber } from "../numbers";
import { batchAddress } from "../route";
import { countActions, summary, undoing } from "./labels";
import { NoPreviewPanel } from "./no-preview-panel";
import { changes } from "./outcomes-table";
import { PreviewPanel } from "./preview-panel";
import { usePreview } from "./use-preview";

interface UndoDialogProps {
  batchId: string;
  /** What the batch did. */
  operation: string;
  onUndone: () => void;
  onClose: () => void;
}

export function UndoDialog({ batchId, operation, onUndone, onClose }: UndoDialogProps) {
  const { planned, unseen, done, sending, preview, apply } = usePreview(server.undoBatch);
  const [by, setBy] = useState("");
  const rejected = sending.rejection?.reason;

  useEffect(() => void preview({ batchId }), [batchId]);
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
    const { batch } = await server.showBatch({ batchId, limit: 1 });
    setBy(batch?.undoneBy ?? "");
    void loadLimits();
    onUndone();
  }

  const close = (
    <button class="button" type="button" onClick={onClose}>
      Leave it
    </button>
  );
  const meaning = <p>{undoing(operation)} A secret that was changed since is left as it is.</p>;
  return (
    <Dialog title="Undo this batch?" wide onClose={onClose}>
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
        <NoPreviewPanel sending={sending} wording="Undo it without a preview" apply={() => void apply()} acts={close}>
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
          wording={(count) => `Undo ${countSecrets(count)}`}
          apply={() => void apply()}
          again={() => void preview({ batchId })}
          acts={close}
          notes={meaning}
        />
      )}
    </Dialog>
  );
}
