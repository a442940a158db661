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
  const { planned, done, sending, preview, apply } = usePlan(server.undoBatch);

  useEffect(() => void preview({ batchId }), [batchId]);
  useEffect(() => {
    if (done === undefined) return;
    void loadLimits();
    announce(`${summary(countActions(done.outcomes))}.`);
    onUndone(done.batchId);
    onClose();
  }, [done]);

  const close = (
    <button class="button" type="button" onClick={onClose}>
      Leave it
    </button>
  );
  return (
    <Dialog title="Take this batch back?" wide onClose={onClose}>
      {planned === undefined ? (
        <>
          <p role="status">{sending.busy && "Looking what would be taken back…"}</p>
          <Refused refusal={sending.refusal} />
          <div class="actions">{close}</div>
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
