// The secrets that answer the search, page by page as the server hands them out.

import { computed, effect, signal } from "@preact/signals";
import { type Secret, SecretState } from "../../generated/strongroom/v1/secrets_pb";
import { READ_TIMEOUT_MS, secrets as server } from "../api/client";
import { loadLimits } from "../api/limits";
import { RequestState } from "../api/request";
import { session } from "../api/session";
import { judgeQuery } from "../rules";

// Drawn at once and read within the blink of an eye; the rest follows when asked for.
const PAGE = 500;
// The most the contract allows on a page.
const LARGEST_PAGE = 1_000;
// A search that looks through much may answer with short pages; until so many are there it is asked again.
const ENOUGH = 50;
// Milliseconds between the last key and the search: typing is not interrupted by answers to half a word.
const SEARCH_DELAY_MS = 250;

export const loaded = signal<readonly Secret[]>([]);
export const marker = signal<string | undefined>(undefined);
/** Reads the list from its start. */
export const searching = new RequestState();
/** Reads on where the list ends. */
export const paging = new RequestState();

/** The search as it is typed. */
export const query = signal("");
/** The search that the loaded secrets answer; none before the first answer. */
export const answered = signal<string | undefined>(undefined);
export const problems = computed(() => judgeQuery(query.value));

/** What is loaded answers what is typed, and is all that the server has answered by now. */
export const settled = computed(() => searching.phase === "done" && answered.value === query.value);

let delay: ReturnType<typeof setTimeout> | undefined;

export function setQuery(text: string): void {
  query.value = text;
  clearTimeout(delay);
  if (problems.value.length === 0) delay = setTimeout(() => void search(), SEARCH_DELAY_MS);
}

/** Asks at once for what is typed. */
export function search(): Promise<void> {
  return read(ENOUGH);
}

/** Asks anew for what is shown, as far as it is loaded, or for so many rows. */
export function refresh(rows = 0): Promise<void> {
  void loadLimits();
  return read(Math.max(ENOUGH, rows, answered.peek() === query.peek() ? loaded.peek().length : 0));
}

function read(atLeast: number): Promise<void> {
  clearTimeout(delay);
  if (problems.value.length > 0) return Promise.resolve();
  paging.cancel();
  return searching.load(async (signal) => {
    const wanted = query.peek();
    // What is on the screen stays until all of it can be replaced; another search shows what there is at once.
    const replaces = answered.peek() === wanted;
    let found: readonly Secret[] = [];
    let next = "";
    do {
      const limit = Math.min(LARGEST_PAGE, Math.max(PAGE, atLeast - found.length));
      const answer = await ask(wanted, next, limit, signal);
      found = next === "" ? answer.secrets : [...found, ...answer.secrets];
      next = answer.next;
      if (!replaces || next === "" || found.length >= atLeast) show(wanted, found, next);
    } while (next !== "" && found.length < atLeast);
  });
}

export function loadMore(): Promise<void> {
  // A new search brings another end.
  if (marker.peek() === undefined || searching.busy) return Promise.resolve();
  return paging.send(async (signal) => {
    const wanted = answered.peek() ?? "";
    const answer = await ask(wanted, marker.peek() ?? "", PAGE, signal);
    show(wanted, [...loaded.peek(), ...answer.secrets], answer.next);
  });
}

/** All that answer the search, however many pages they are. */
export async function loadRest(): Promise<void> {
  while (marker.peek() !== undefined) {
    await loadMore();
    if (paging.phase !== "done") return;
  }
}

async function ask(wanted: string, after: string, limit: number, signal: AbortSignal) {
  const request = { query: wanted, limit, marker: after };
  const answer = await server.searchSecrets(request, { signal, timeoutMs: READ_TIMEOUT_MS });
  signal.throwIfAborted();
  return { secrets: answer.secrets, next: answer.pageInfo?.nextMarker ?? "" };
}

function show(wanted: string, found: readonly Secret[], next: string): void {
  loaded.value = found;
  // An empty marker would read the first page again, for ever.
  marker.value = next === "" ? undefined : next;
  answered.value = wanted;
}

export function forget(): void {
  clearTimeout(delay);
  searching.cancel();
  paging.cancel();
  loaded.value = [];
  marker.value = undefined;
  query.value = "";
  answered.value = undefined;
}

// Another user may log in to the same page.
effect(() => {
  if (session.value === undefined) forget();
});

export function put(changed: Secret | undefined): void {
  if (changed === undefined) return;
  loaded.value = loaded.value.map((secret) => (secret.name === changed.name ? changed : secret));
}

export function drop(name: string): void {
  loaded.value = loaded.value.filter((secret) => secret.name !== name);
}

export function isPendingDeletion(secret: Secret): boolean {
  return secret.state === SecretState.PENDING_DELETE;
}
