// The secrets that answer the search, page by page as the server hands them out.

import { computed, effect, signal } from "@preact/signals";
import { type Secret, SecretState } from "../../generated/strongroom/v1/secrets_pb";
import { secrets as server } from "../api/client";
import { loadLimits } from "../api/limits";
import { type Rejection, rejectionOf } from "../api/rejection";
import { session } from "../api/session";
import { judgeQuery } from "../rules";

// Drawn at once and read within the blink of an eye; the rest follows when asked for.
const PAGE = 500;
// A search that looks through much may answer with short pages; until so many are there it is asked again.
const ENOUGH = 50;
// Milliseconds between the last key and the search: typing is not interrupted by answers to half a word.
const SEARCH_DELAY_MS = 250;

export const loaded = signal<readonly Secret[]>([]);
export const marker = signal<string | undefined>(undefined);
export const loading = signal(false);
export const rejection = signal<Rejection | undefined>(undefined);
/** False until the first page has been answered. */
export const known = signal(false);

/** The search as it is typed. */
export const query = signal("");
/** The search that the loaded secrets answer. */
export const answered = signal("");
export const problems = computed(() => judgeQuery(query.value));

// An answer counts only for the reading it was asked by: another search or a log-out starts another.
let reading = 0;
// The page under way: its marker must not be sent twice, nor the marker of one search put after another's first page.
let coming: { reading: number; page: Promise<void> } | undefined;
let pause: ReturnType<typeof setTimeout> | undefined;

export function setQuery(text: string): void {
  query.value = text;
  clearTimeout(pause);
  if (problems.value.length === 0) pause = setTimeout(() => void search(), SEARCH_DELAY_MS);
}

/** Asks at once for what is typed. */
export async function search(): Promise<void> {
  clearTimeout(pause);
  if (problems.value.length > 0) return;
  reading += 1;
  const mine = reading;
  await readPage(query.value, "");
  while (
    mine === reading &&
    loaded.value.length < ENOUGH &&
    marker.value !== undefined &&
    rejection.value === undefined
  ) {
    await loadMore();
  }
}

export function reload(): void {
  void search();
  void loadLimits();
}

export function loadMore(): Promise<void> {
  if (coming?.reading === reading) return coming.page;
  // More of what is shown, even while something else is being typed.
  return readPage(answered.value, marker.value ?? "");
}

export async function loadRest(): Promise<void> {
  const mine = reading;
  while (mine === reading && marker.value !== undefined && rejection.value === undefined) await loadMore();
}

export function forget(): void {
  clearTimeout(pause);
  reading += 1;
  loaded.value = [];
  marker.value = undefined;
  known.value = false;
  query.value = "";
  answered.value = "";
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

function readPage(wanted: string, after: string): Promise<void> {
  const page = askForPage(wanted, after);
  coming = { reading, page };
  return page;
}

async function askForPage(wanted: string, after: string): Promise<void> {
  const mine = reading;
  loading.value = true;
  rejection.value = undefined;
  try {
    const answer = await server.searchSecrets({ query: wanted, limit: PAGE, marker: after });
    if (mine !== reading) return;
    loaded.value = after === "" ? answer.secrets : [...loaded.value, ...answer.secrets];
    // An empty marker would read the first page again, for ever.
    marker.value = answer.pageInfo?.nextMarker || undefined;
    answered.value = wanted;
    known.value = true;
  } catch (thrown) {
    if (mine === reading) rejection.value = rejectionOf(thrown);
  } finally {
    if (mine === reading) {
      loading.value = false;
      coming = undefined;
    }
  }
}
