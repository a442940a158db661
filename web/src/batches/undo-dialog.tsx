// Taking a batch back: what that would do first.

import { useEffect } from "preact/hooks";
import { countSecrets } from "../numbers";
import { announce } from "../parts/announce";
import { Dialog } from "../parts/dialog";
import { Refused } from "../parts/refused";
import { batches as server } from "../server/client";
import { loadLimits } from "../server/limits";
import { changes } from "./outcomes-table";
import { usePlan } from "./plan";
import { PlanPanel } from "./plan-panel";
import { countActions, summary } from "./words";

interface UndoDialogProps {
  batchId: string;
  onUndone: (by: string) => void;
  onClose: () => void;
}

export function UndoDialog({ batchId, onUndone, onClose }: UndoDialogProps) {
  const { planned, done, sending, preview, apply, applyUnseen } = usePlan(server.undoBatch);

  useEffect(() => void preview({ batchId }), [batchId]);
  useEffect(() => {
    if (done === undefined) return;
    void loadLimits();
    announce(`${summary(countActions(done.outcomes))}.`);
    onUndone(done.batchId);
    onClose();
  }, [done]);

  const tooLarge = sending.refusal?.reason === "TOO_LARGE_FOR_ONE_STEP";
  const close = (
    <button class="button" type="button" onClick={onClose}>
      Leave it
    </button>
  );
  return (
    <Dialog title="Take this batch back?" wide onClose={onClose}>
      {planned === undefined ? (
        <>
          <p role="status">{sending.busy && "Working…"}</p>
          <Refused refusal={tooLarge ? undefined : sending.refusal} />
          {tooLarge && (
            <p class="notice" role="alert">
              This is too much for one step, so what would be taken back cannot be shown before. It is done part by part, and
              the batch that does it tells what became of each secret.
            </p>
          )}
          <div class="actions">
            {close}
            {tooLarge && (
              <button class="button primary" type="button" onClick={() => void applyUnseen({ batchId })}>
                Take it back without a preview
              </button>
            )}
          </div>
        </>
      ) : (
        <PlanPanel
          answer={planned}
          title={`${countSecrets(changes(planned.outcomes).length)} of ${planned.total} can be taken back`}
          sending={sending}
          wording={(count) => `Take back ${countSecrets(count)}`}
          apply={() => void apply()}
          again={() => void preview({ batchId })}
          acts={close}
        />
      )}
    </Dialog>
  );
}
