// Deleting many secrets: when they will be deleted, then a preview for each, and only then the button that deletes.
//
// Without a window nothing can be undone, so that is behind two switches, the second of which names the number.

import { useEffect, useRef, useState } from "preact/hooks";
import type {
  BatchDeleteSecretsRequest,
  BatchDeleteSecretsResponse,
  Outcome,
} from "../../generated/strongroom/v1/batches_pb";
import { batches } from "../api/client";
import { loadLimits, namesPerRequest } from "../api/limits";
import { chunksOf, inChunks } from "../batches/chunks";
import { NoPreviewPanel } from "../batches/no-preview-panel";
import { changes } from "../batches/outcomes-table";
import { PreviewPanel } from "../batches/preview-panel";
import { ProgressBar } from "../batches/progress";
import { ResultPanel } from "../batches/result-panel";
import { usePreview } from "../batches/use-preview";
import { ErrorMessage } from "../components/error-message";
import { daysOf, isWindow, RecoveryWindowField } from "../components/recovery-window-field";
import { Switch } from "../components/switch";
import { countSecrets, showNumber } from "../numbers";
import type { Problem } from "../rules";
import { limits } from "../rules";

/** Which secrets: exactly one kind of choice. */
export type Selection = Partial<Pick<BatchDeleteSecretsRequest, "names" | "instanceId" | "instanceType">>;

interface DeleteManyProps {
  /** Every other selection makes a preview worthless, so it has to be the same object as long as it means the same. */
  selection: Selection;
  /** How many there should be, when that is known. */
  expected?: number;
  problems: readonly Problem[];
  /** Somebody wants a preview of a selection that cannot be sent. */
  onProblems?: () => void;
  /** What else is known about a secret. */
  placeOf?: (outcome: Outcome) => string;
  onDone?: () => void;
  onUndone?: () => void;
}

type DeleteRequest = Selection & Pick<Partial<BatchDeleteSecretsRequest>, "recoveryWindowInDays" | "expectTotal">;

/** Names are deleted in as many requests as they need; the other selections stand for themselves. */
const deleteSecrets = inChunks(batches.batchDeleteSecrets, (request: DeleteRequest): readonly DeleteRequest[] => {
  const { names, expectTotal, ...rest } = request;
  if (names === undefined) return [request];
  return chunksOf(names, namesPerRequest()).map((part) => ({
    ...rest,
    names: part,
    ...(expectTotal !== undefined && { expectTotal: part.length }),
  }));
});

export function DeleteMany(props: DeleteManyProps) {
  const { selection, expected, problems, onProblems, placeOf, onDone, onUndone } = props;
  const box = useRef<HTMLInputElement>(null);
  const [days, setDays] = useState(String(limits().defaultWindowDays));
  const [forGood, setForGood] = useState(false);
  const [sure, setSure] = useState(false);
  const plan = usePreview<DeleteRequest, BatchDeleteSecretsResponse>(deleteSecrets);
  const { planned, unseen, done, sending } = plan;
  const ready = problems.length === 0 && (forGood || isWindow(days));

  // A preview holds for what it was made with.
  function changed() {
    setSure(false);
    plan.reset();
  }
  useEffect(changed, [selection]);
  useEffect(() => {
    if (done === undefined) return;
    void loadLimits();
    onDone?.();
  }, [done]);

  function preview() {
    setSure(false);
    const how = forGood
      ? { ...(expected !== undefined && { expectTotal: expected }) }
      : { recoveryWindowInDays: daysOf(days) };
    void plan.preview({ ...selection, ...how });
  }

  function submit(event: Event) {
    event.preventDefault();
    if (ready) preview();
    else if (problems.length > 0) onProblems?.();
    else box.current?.focus();
  }

  if (done !== undefined) {
    return (
      <ResultPanel answer={done} undoable={forGood ? undefined : "BatchDeleteSecrets"} {...(onUndone && { onUndone })}>
        <a class="button" href="#/secrets">
          See the secrets
        </a>
      </ResultPanel>
    );
  }
  return (
    <div class="stack">
      <form class="stack" onSubmit={submit} noValidate>
        {!forGood && (
          <RecoveryWindowField
            box={box}
            text={days}
            onText={(typed) => {
              setDays(typed);
              changed();
            }}
          />
        )}
        <Switch
          label="Delete permanently now; this cannot be undone"
          on={forGood}
          turn={(on) => {
            setForGood(on);
            changed();
          }}
        />
        {planned === undefined && !unseen && <ErrorMessage rejection={sending.rejection} />}
        {sending.rejection?.reason === "SELECTION_TOO_LARGE" && (
          <p>Also choose a service, or search the list and delete the selected secrets by name.</p>
        )}
        <div class="actions start">
          <button
            class={planned || unseen ? "button" : "button primary"}
            type="submit"
            aria-disabled={sending.busy || !ready}
          >
            {sending.busy && planned === undefined && !unseen ? "Looking…" : "Preview"}
          </button>
        </div>
      </form>
      {unseen && forGood && (
        <p class="notice" role="alert">
          This is too large for one transaction, so there is no preview, and nothing is deleted permanently without one.
          Schedule the deletion instead: that can be undone. Or choose fewer at a time.
        </p>
      )}
      {unseen && !forGood && (
        <NoPreviewPanel
          sending={sending}
          wording="Schedule the deletion without a preview"
          apply={() => void plan.apply()}
        >
          <p>
            Every secret that matches will be pending deletion for {daysOf(days)} days. Until then all of it can be
            undone.
          </p>
        </NoPreviewPanel>
      )}
      {planned !== undefined && (
        <PreviewPanel
          answer={planned}
          title={titleOf(planned, forGood)}
          sending={sending}
          danger={forGood}
          held={forGood && !sure}
          wording={(count) =>
            forGood ? `Delete ${countSecrets(count)} permanently` : `Schedule the deletion of ${countSecrets(count)}`
          }
          apply={() => void plan.apply()}
          again={preview}
          placeOf={placeOf}
          notes={<Scale answer={planned} />}
        >
          <ProgressBar of="requests" />
          {forGood && changes(planned.outcomes).length > 0 && (
            <div class="danger-zone">
              <p>
                All their versions are deleted at once. <strong>This cannot be undone.</strong>
              </p>
              <Switch
                label={`Exactly ${countSecrets(changes(planned.outcomes).length)} will be deleted permanently`}
                on={sure}
                turn={setSure}
              />
            </div>
          )}
        </PreviewPanel>
      )}
    </div>
  );
}

/** How much of the project it is. */
function Scale({ answer: { projectTotal, outcomes } }: { answer: BatchDeleteSecretsResponse }) {
  return (
    <>
      {projectTotal > 0 && <p>The project has {countSecrets(projectTotal)} in all.</p>}
      {outcomes.length === 0 && (
        <p>Check the instance: secrets are found by the InstanceId in their rotation configuration.</p>
      )}
    </>
  );
}

function titleOf({ outcomes, total }: BatchDeleteSecretsResponse, forGood: boolean): string {
  const going = changes(outcomes).length;
  if (total === 0 && going === 0) return "No secret matches";
  return `${showNumber(going)} of ${countSecrets(Math.max(total, outcomes.length))} would be ${forGood ? "deleted permanently" : "scheduled for deletion"}`;
}
