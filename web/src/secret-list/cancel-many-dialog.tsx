// Cancelling the deletion of the chosen secrets.

import { useEffect, useMemo } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { batches } from "../api/client";
import { namesPerRequest } from "../api/limits";
import { chunksOf, inChunks } from "../batches/chunks";
import { NoPreviewPanel } from "../batches/no-preview-panel";
import { changes } from "../batches/outcomes-table";
import { PreviewPanel } from "../batches/preview-panel";
import { ProgressBar } from "../batches/progress";
import { ResultPanel } from "../batches/result-panel";
import { usePreview } from "../batches/use-preview";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { countSecrets, showNumber } from "../numbers";
import * as list from "./list-state";
import * as selection from "./selection";

interface CancelManyDialogProps {
  /** As they were chosen; they do not change while the dialog is open. */
  secrets: readonly Secret[];
  onClose: () => void;
}

const cancelDeletions = inChunks(batches.batchCancelDeletions, ({ names }: { names: readonly string[] }) =>
  chunksOf(names, namesPerRequest()).map((part) => ({ names: part })),
);

export function CancelManyDialog({ secrets, onClose }: CancelManyDialogProps) {
  const names = useMemo(() => secrets.map((secret) => secret.name), [secrets]);
  const { planned, unseen, done, sending, preview, apply } = usePreview(cancelDeletions);
  const ask = () => void preview({ names });

  useEffect(() => {
    ask();
  }, [names]);
  useEffect(() => {
    if (done === undefined) return;
    selection.clear();
    void list.refresh();
  }, [done]);

  return (
    <Dialog title={`Cancel the deletion of ${countSecrets(names.length)}?`} wide onClose={onClose}>
      {unseen && done === undefined && (
        <NoPreviewPanel
          sending={sending}
          wording={`Cancel the deletion of ${countSecrets(names.length)} without a preview`}
          apply={() => void apply()}
        />
      )}
      {planned === undefined && !unseen && done === undefined && (
        <>
          <p role="status">{sending.busy && "Checking which deletions can be cancelled…"}</p>
          <ProgressBar of="requests" />
          <ErrorMessage rejection={sending.rejection} />
        </>
      )}
      {planned !== undefined && done === undefined && (
        <PreviewPanel
          answer={planned}
          title={`${showNumber(changes(planned.outcomes).length)} of ${countSecrets(planned.outcomes.length)} can be cancelled`}
          sending={sending}
          wording={(count) => `Cancel the deletion of ${countSecrets(count)}`}
          apply={() => void apply()}
          again={ask}
        >
          <ProgressBar of="requests" />
        </PreviewPanel>
      )}
      {done !== undefined && (
        <ResultPanel answer={done} undoable="BatchCancelDeletions" onUndone={() => void list.refresh()} />
      )}
      <div class="actions">
        <button class="button" type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
