// Cancelling the deletion of the chosen secrets.

import { useEffect, useMemo } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { DonePanel } from "../batches/done-panel";
import { changes } from "../batches/outcomes-table";
import { usePlan } from "../batches/plan";
import { PlanPanel } from "../batches/plan-panel";
import { countSecrets } from "../numbers";
import { Dialog } from "../parts/dialog";
import { Refused } from "../parts/refused";
import { judgeNames } from "../rules";
import { batches } from "../server/client";
import { allowed } from "../server/limits";
import * as list from "./loaded";
import * as selection from "./selected";

interface CancelManyDialogProps {
  /** As they were chosen; they do not change while the dialog is open. */
  secrets: readonly Secret[];
  onClose: () => void;
}

export function CancelManyDialog({ secrets, onClose }: CancelManyDialogProps) {
  const names = useMemo(() => secrets.map((secret) => secret.name), [secrets]);
  const { planned, done, sending, preview, apply } = usePlan(batches.batchCancelDeletions);
  const problems = useMemo(() => judgeNames(names), [names, allowed.value]);
  const ask = () => void preview({ names });

  useEffect(() => {
    if (problems.length === 0) ask();
  }, [names]);
  useEffect(() => {
    if (done === undefined) return;
    selection.clear();
    list.reload();
  }, [done]);

  return (
    <Dialog title={`Cancel the deletion of ${countSecrets(names.length)}?`} wide onClose={onClose}>
      {problems.map((problem) => (
        <p key={problem.code} class="refused" role="alert">
          {problem.message}
        </p>
      ))}
      {planned === undefined && (
        <>
          <p role="status">{sending.busy && "Looking which can be kept…"}</p>
          <Refused refusal={sending.refusal} />
        </>
      )}
      {planned !== undefined && done === undefined && (
        <PlanPanel
          answer={planned}
          title={`${changes(planned.outcomes).length} of ${countSecrets(planned.outcomes.length)} would be kept`}
          sending={sending}
          wording={(count) => `Cancel the deletion of ${countSecrets(count)}`}
          apply={() => void apply()}
          again={ask}
        />
      )}
      {done !== undefined && <DonePanel answer={done} undoable={false} />}
      <div class="actions">
        <button class="button" type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
