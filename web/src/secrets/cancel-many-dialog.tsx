// Cancelling the deletion of the chosen secrets.

import { useEffect, useMemo } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { DonePanel } from "../batches/done-panel";
import { changes } from "../batches/outcomes-table";
import { usePlan } from "../batches/plan";
import { PlanPanel } from "../batches/plan-panel";
import { UnseenPanel } from "../batches/unseen-panel";
import { countSecrets, showNumber } from "../numbers";
import { Dialog } from "../parts/dialog";
import { Rejected } from "../parts/rejected";
import { batches } from "../server/client";
import * as list from "./loaded";
import * as selection from "./selected";
import { useTooMany } from "./too-many";

interface CancelManyDialogProps {
  /** As they were chosen; they do not change while the dialog is open. */
  secrets: readonly Secret[];
  onClose: () => void;
}

export function CancelManyDialog({ secrets, onClose }: CancelManyDialogProps) {
  const names = useMemo(() => secrets.map((secret) => secret.name), [secrets]);
  const { planned, unseen, done, sending, preview, apply } = usePlan(batches.batchCancelDeletions);
  const tooMany = useTooMany(names);
  const ask = () => void preview({ names });

  useEffect(() => {
    if (tooMany === undefined) ask();
  }, [names]);
  useEffect(() => {
    if (done === undefined) return;
    selection.clear();
    list.reload();
  }, [done]);

  return (
    <Dialog title={`Cancel the deletion of ${countSecrets(names.length)}?`} wide onClose={onClose}>
      {tooMany}
      {unseen && done === undefined && (
        <UnseenPanel
          sending={sending}
          wording={`Cancel the deletion of ${countSecrets(names.length)} without a preview`}
          apply={() => void apply()}
        />
      )}
      {planned === undefined && !unseen && done === undefined && (
        <>
          <p role="status">{sending.busy && "Checking which can be kept…"}</p>
          <Rejected rejection={sending.rejection} />
        </>
      )}
      {planned !== undefined && done === undefined && (
        <PlanPanel
          answer={planned}
          title={`${showNumber(changes(planned.outcomes).length)} of ${countSecrets(planned.outcomes.length)} would be kept`}
          sending={sending}
          wording={(count) => `Cancel the deletion of ${countSecrets(count)}`}
          apply={() => void apply()}
          again={ask}
        />
      )}
      {done !== undefined && <DonePanel answer={done} undoable="BatchCancelDeletions" onUndone={list.reload} />}
      <div class="actions">
        <button class="button" type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
