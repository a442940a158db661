// The batches of the project, page by page, newest first.

import { effect, signal } from "@preact/signals";
import type { Batch } from "../../generated/strongroom/v1/batches_pb";
import { READ_TIMEOUT_MS, batches as server } from "../api/client";
import { RequestState } from "../api/request";
import { session } from "../api/session";

// About two screens.
const PAGE = 50;

export const batches = signal<readonly Batch[] | undefined>(undefined);
export const marker = signal<string | undefined>(undefined);
/** Reads the list from its start. */
export const reading = new RequestState();
/** Reads on where the list ends. */
export const paging = new RequestState();

export function reload(): Promise<void> {
  paging.cancel();
  return reading.load((signal) => readPage("", signal));
}

export async function loadMore(): Promise<void> {
  const after = marker.peek();
  if (after !== undefined && !reading.busy) await paging.send((signal) => readPage(after, signal));
}

async function readPage(after: string, signal: AbortSignal): Promise<void> {
  const answer = await server.listBatches({ limit: PAGE, marker: after }, { signal, timeoutMs: READ_TIMEOUT_MS });
  signal.throwIfAborted();
  batches.value = after === "" ? answer.batches : [...(batches.peek() ?? []), ...answer.batches];
  // An empty marker would read the first page again, for ever.
  marker.value = answer.pageInfo?.nextMarker || undefined;
}

// Another user may log in to the same page.
effect(() => {
  if (session.value !== undefined) return;
  reading.cancel();
  paging.cancel();
  batches.value = undefined;
  marker.value = undefined;
});
