// Taking a batch back: what that would do first.

import { useEffect, useState } from "preact/hooks";
import { countSecrets, showNumber } from "../numbers";
import { announce } from "../parts/announce";
import { Dialog } from "../parts/dialog";
import { Refused } from "../parts/refused";
import { batchAddress } from "../route";
import { batches as server } from "../server/client";
import { loadLimits } from "../server/limits";
import { changes } from "./outcomes-table";
import { usePlan } from "./plan";
import { PlanPanel } from "./plan-panel";
import { UnseenPanel } from "./unseen-panel";
import { countActions, summary, takingBack } from "./words";

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
  const refused = sending.refusal?.reason;

  useEffect(() => void preview({ batchId }), [batchId]);
  useEffect(() => {
    if (done === undefined) return;
    void loadLimits();
    announce(`${summary(countActions(done.outcomes)) || "Nothing was changed"}.`);
    onUndone();
    onClose();
  }, [done]);
  useEffect(() => {
    if (refused === "ALREADY_UNDONE") void findUndo();
  }, [refused]);

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
  const meaning = <p>{takingBack(operation)} A secret that was changed since is left as it is.</p>;
  return (
    <Dialog title="Take this batch back?" wide onClose={onClose}>
      {by !== "" ? (
        <>
          <p class="notice" role="alert">
            It was taken back already. <a href={batchAddress(by)}>The batch that did it</a> tells what became of each secret.
          </p>
          <div class="actions">
            <button class="button" type="button" autofocus onClick={onClose}>
              Close
            </button>
          </div>
        </>
      ) : unseen ? (
        <UnseenPanel sending={sending} wording="Take it back without a preview" apply={() => void apply()} acts={close}>
          {meaning}
        </UnseenPanel>
      ) : planned === undefined ? (
        <>
          <p role="status">{sending.busy && "Looking at what can be taken back…"}</p>
          <Refused refusal={sending.refusal} />
          <div class="actions">{close}</div>
        </>
      ) : (
        <PlanPanel
          answer={planned}
          title={`${showNumber(changes(planned.outcomes).length)} of ${countSecrets(planned.total)} can be taken back`}
          sending={sending}
          wording={(count) => `Take back ${countSecrets(count)}`}
          apply={() => void apply()}
          again={() => void preview({ batchId })}
          acts={close}
          notes={meaning}
        />
      )}
    </Dialog>
  );
}
