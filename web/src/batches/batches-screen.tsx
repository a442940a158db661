// What was done to many secrets at once, newest first.

import { useEffect } from "preact/hooks";
import type { Batch } from "../../generated/strongroom/v1/batches_pb";
import { ErrorMessage } from "../components/error-message";
import { Icon } from "../components/icons";
import { RequestStatus } from "../components/request-status";
import { showMoment } from "../dates";
import { batchAddress } from "../route";
import * as list from "./batch-list";
import { countsOf, operationWord, summary } from "./labels";

export function BatchesScreen() {
  useEffect(() => void list.reload(), []);
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Batches</h1>
        <button class="button quiet" type="button" onClick={() => void list.reload()}>
          <Icon name="reload" />
          Reload
        </button>
      </div>
      <p class="lead">
        Imports, deletions and cancelled deletions of many secrets. Each is kept for 30 days and can be undone until
        then, unless it deleted permanently.
      </p>
      <RequestStatus request={list.reading} what="batches" shown={list.batches.value !== undefined} />
      <Body />
    </>
  );
}

function Body() {
  const all = list.batches.value;
  if (all === undefined) return null;
  if (all.length === 0) {
    return (
      <div class="empty">
        <h2>No batches yet</h2>
        <p>Import secrets, or choose several in the list to delete them.</p>
      </div>
    );
  }
  return (
    <>
      <div class="table-area">
        <table class="secrets batches" aria-label="Batches of the project">
          <thead>
            <tr>
              <th scope="col">Batch</th>
              <th scope="col">Outcomes</th>
              <th scope="col" class="used">
                By
              </th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {all.map((batch) => (
              <Row key={batch.batchId} batch={batch} />
            ))}
          </tbody>
        </table>
      </div>
      <ErrorMessage rejection={list.paging.rejection} />
      {list.marker.value !== undefined && (
        <div class="more">
          <button class="button" type="button" aria-disabled={list.paging.busy} onClick={() => void list.loadMore()}>
            Load more
          </button>
        </div>
      )}
    </>
  );
}

function Row({ batch }: { batch: Batch }) {
  return (
    <tr>
      <th scope="row" class="name">
        <a href={batchAddress(batch.batchId)}>
          {operationWord(batch.operation)}
          <span class="due">{showMoment(Number(batch.createTime))}</span>
        </a>
      </th>
      <td class="counts-cell">{summary(countsOf(batch.actions))}</td>
      <td class="used">{batch.userName}</td>
      <td>
        <BatchState batch={batch} />
      </td>
    </tr>
  );
}

export function BatchState({ batch }: { batch: Batch }) {
  // Whoever undid it last was cut off, or had to leave something.
  if (batch.undoneBy !== "" && batch.canUndo) return <span class="badge waiting">Undone in part</span>;
  if (batch.undoneBy !== "") return <span class="badge">Undone</span>;
  if (!batch.finished) return <span class="badge waiting">Not finished</span>;
  return batch.canUndo ? <span class="badge good">Can be undone</span> : <span class="badge">Done</span>;
}
