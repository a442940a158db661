// One batch: who, when, progress, what became of each entry, and how to undo it.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Batch, Outcome } from "../../generated/strongroom/v1/batches_pb";
import { READ_TIMEOUT_MS, batches as server } from "../api/client";
import { useRequest } from "../api/request";
import { Fact } from "../components/fact";
import { Icon } from "../components/icons";
import { RequestStatus } from "../components/request-status";
import { showMoment } from "../dates";
import { showNumber } from "../numbers";
import { BATCHES, batchAddress } from "../route";
import { BatchState } from "./batches-screen";
import { countsOf, operationWord, summary } from "./labels";
import { OutcomesTable } from "./outcomes-table";
import { UndoDialog } from "./undo-dialog";

// The most the server gives at once.
const PAGE = 1_000;

export function BatchScreen({ id }: { id: string }) {
  const [batch, setBatch] = useState<Batch>();
  const [outcomes, setOutcomes] = useState<readonly Outcome[]>([]);
  const [undoing, setUndoing] = useState(false);
  const reading = useRequest();
  const { busy } = reading;
  const title = useRef<HTMLHeadingElement>(null);

  const load = (offset: number) =>
    reading.load(async (signal) => {
      const request = { batchId: id, limit: PAGE, offset };
      const answer = await server.showBatch(request, { signal, timeoutMs: READ_TIMEOUT_MS });
      signal.throwIfAborted();
      setBatch(answer.batch);
      setOutcomes((before) => [...before.slice(0, offset), ...answer.outcomes]);
    });

  useEffect(() => void load(0), [id]);

  const known = batch === undefined ? 0 : countsOf(batch.actions).reduce((sum, [, count]) => sum + count, 0);
  return (
    <>
      <p class="back">
        <a href={BATCHES}>All batches</a>
      </p>
      <div class="heading">
        <h1 tabIndex={-1} ref={title}>
          {batch === undefined ? "Batch" : `${operationWord(batch.operation)}, ${showMoment(Number(batch.createTime))}`}
        </h1>
        <div class="heading-acts">
          <button class="button quiet" type="button" aria-disabled={busy} onClick={() => void load(0)}>
            <Icon name="reload" />
            Reload
          </button>
          {batch?.canUndo && (
            <button class="button" type="button" onClick={() => setUndoing(true)}>
              Undo…
            </button>
          )}
        </div>
      </div>
      <RequestStatus request={reading} what="batch" shown={batch !== undefined} />
      {batch !== undefined && (
        <>
          <About batch={batch} known={known} />
          {outcomes.length > 0 && <OutcomesTable label="Outcomes of the batch" outcomes={outcomes} done />}
          {outcomes.length < known && (
            <div class="more">
              <p class="hint">
                {showNumber(outcomes.length)} of {showNumber(known)} are loaded.
              </p>
              <button class="button" type="button" aria-disabled={busy} onClick={() => void load(outcomes.length)}>
                Load more
              </button>
            </div>
          )}
        </>
      )}
      {undoing && batch !== undefined && (
        <UndoDialog
          batchIds={[id]}
          operation={batch.operation}
          onUndone={() => void load(0)}
          onClose={() => setUndoing(false)}
        />
      )}
    </>
  );
}

function About({ batch, known }: { batch: Batch; known: number }) {
  return (
    <section class="card stack batch-facts" aria-label="About the batch">
      <dl class="facts">
        <Fact name="State">
          <BatchState batch={batch} />
        </Fact>
        <Fact name="Outcomes">{summary(countsOf(batch.actions))}</Fact>
        <Fact name="By">{batch.userName}</Fact>
        <Fact name="Began">{showMoment(Number(batch.createTime))}</Fact>
        <Fact name={batch.finished ? "Ended" : "Last stored"}>{showMoment(Number(batch.updateTime))}</Fact>
        <Fact name="Kept until">{showMoment(Number(batch.expireTime))}</Fact>
        {batch.undoneBy !== "" && (
          <Fact name="Undone by">
            <a href={batchAddress(batch.undoneBy)}>this batch</a>
          </Fact>
        )}
        {batch.undoes !== "" && (
          <Fact name="Undoes">
            <a href={batchAddress(batch.undoes)}>this batch</a>
          </Fact>
        )}
        <Fact name="Id">
          <code>{batch.batchId}</code>
        </Fact>
      </dl>
      {!batch.finished && (
        <>
          <progress value={known} max={Math.max(known, batch.total)} aria-label="Progress" />
          <p class="hint">
            {showNumber(known)} of {showNumber(batch.total)} are done. It is still running, or was broken off: what is
            listed is all that was done.
          </p>
        </>
      )}
    </section>
  );
}
