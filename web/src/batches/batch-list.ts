// The batches of the project, page by page, newest first.

import { effect, signal } from "@preact/signals";
import type { Batch } from "../../generated/strongroom/v1/batches_pb";
import { batches as server } from "../api/client";
import { type Rejection, rejectionOf } from "../api/rejection";
import { session } from "../api/session";

// About two screens.
const PAGE = 50;

export const batches = signal<readonly Batch[] | undefined>(undefined);
export const marker = signal<string | undefined>(undefined);
export const loading = signal(false);
export const rejection = signal<Rejection | undefined>(undefined);

// An answer counts only for the reading it was asked by.
let reading = 0;

export function reload(): Promise<void> {
  reading += 1;
  return readPage("");
}

export async function loadMore(): Promise<void> {
  if (!loading.value && marker.value !== undefined) await readPage(marker.value);
}

async function readPage(after: string): Promise<void> {
  const mine = reading;
  loading.value = true;
  rejection.value = undefined;
  try {
    const answer = await server.listBatches({ limit: PAGE, marker: after });
    if (mine !== reading) return;
    batches.value = after === "" ? answer.batches : [...(batches.value ?? []), ...answer.batches];
    // An empty marker would read the first page again, for ever.
    marker.value = answer.pageInfo?.nextMarker || undefined;
  } catch (thrown) {
    if (mine === reading) rejection.value = rejectionOf(thrown);
  } finally {
    if (mine === reading) loading.value = false;
  }
}

// Another user may log in to the same page.
effect(() => {
  if (session.value !== undefined) return;
  reading += 1;
  batches.value = undefined;
  marker.value = undefined;
});
