// Undoing a batch: what that would do first.

import { useEffect, useState } from "preact/hooks";
import { countSecrets, showNumber } from "../numbers";
import { announce } from "../parts/announce";
import { Dialog } from "../parts/dialog";
import { Rejected } from "../parts/rejected";
import { batchAddress } from "../route";
import { batches as server } from "../server/client";
import { loadLimits } from "../server/limits";
import { changes } from "./outcomes-table";
import { usePlan } from "./plan";
import { PlanPanel } from "./plan-panel";
import { UnseenPanel } from "./unseen-panel";
import { countActions, summary, undoing } from "./words";

interface UndoDialogProps {
  batchId: string;
  /** What the batch did. */
  operation: string;
  onUndone: () => void;
  onClose: () => void;
}

export function UndoDialog({ batchId, operation, onUndone, onClose }: UndoDialogProps) {
  const { planned, unseen, done, sending, preview, apply } = usePlan(server.undoBatch);
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
            It was undone already. <a href={batchAddress(by)}>The batch that did it</a> tells what became of each secret.
          </p>
          <div class="actions">
            <button class="button" type="button" autofocus onClick={onClose}>
              Close
            </button>
          </div>
        </>
      ) : unseen ? (
        <UnseenPanel sending={sending} wording="Undo it without a preview" apply={() => void apply()} acts={close}>
          {meaning}
        </UnseenPanel>
      ) : planned === undefined ? (
        <>
          <p role="status">{sending.busy && "Checking what can be undone…"}</p>
          <Rejected rejection={sending.rejection} />
          <div class="actions">{close}</div>
        </>
      ) : (
        <PlanPanel
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
