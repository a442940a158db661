// The secrets loaded so far, page by page as the server hands them out.

import { computed, signal } from "@preact/signals";
import { type Secret, SecretState } from "../../generated/strongroom/v1/secrets_pb";
import { secrets as server } from "../server/client";
import { type Refusal, refusalOf } from "../server/refusal";

// The most the contract allows on a page: fewer round trips, and rows are only drawn when looked at.
const PAGE = 1_000;

export type StateFilter = "all" | "usable" | "waiting";

export const loaded = signal<readonly Secret[]>([]);
export const marker = signal<string | undefined>(undefined);
export const loading = signal(false);
export const refusal = signal<Refusal | undefined>(undefined);
/** False until the first page has been answered. */
export const known = signal(false);

export const text = signal("");
export const state = signal<StateFilter>("all");

export const shown = computed(() => {
  const wanted = text.value.trim().toLowerCase();
  return loaded.value.filter((secret) => {
    if (state.value === "waiting" && !isWaiting(secret)) return false;
    if (state.value === "usable" && isWaiting(secret)) return false;
    return wanted === "" || secret.name.toLowerCase().includes(wanted);
  });
});

// An answer counts only for the reading it was asked by: a reload or a log-out starts another.
let reading = 0;

export function reload(): Promise<void> {
  reading += 1;
  return readPage("");
}

export function loadMore(): Promise<void> {
  return readPage(marker.value ?? "");
}

export async function loadRest(): Promise<void> {
  const mine = reading;
  while (mine === reading && marker.value !== undefined && refusal.value === undefined) await loadMore();
}

export function forget(): void {
  reading += 1;
  loaded.value = [];
  marker.value = undefined;
  known.value = false;
  text.value = "";
  state.value = "all";
}

export function put(changed: Secret | undefined): void {
  if (changed === undefined) return;
  loaded.value = loaded.value.map((secret) => (secret.name === changed.name ? changed : secret));
}

export function drop(name: string): void {
  loaded.value = loaded.value.filter((secret) => secret.name !== name);
}

export function isWaiting(secret: Secret): boolean {
  return secret.state === SecretState.PENDING_DELETE;
}

async function readPage(after: string): Promise<void> {
  const mine = reading;
  loading.value = true;
  refusal.value = undefined;
  try {
    const answer = await server.listSecrets({ limit: PAGE, marker: after });
    if (mine !== reading) return;
    loaded.value = after === "" ? answer.secrets : [...loaded.value, ...answer.secrets];
    // An empty marker would read the first page again, for ever.
    marker.value = answer.pageInfo?.nextMarker || undefined;
    known.value = true;
  } catch (thrown) {
    if (mine === reading) refusal.value = refusalOf(thrown);
  } finally {
    if (mine === reading) loading.value = false;
  }
}
