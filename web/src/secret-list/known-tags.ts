// The tags that can be searched by, asked for when somebody first wants to choose one, and kept until they may have changed.

import { effect, signal } from "@preact/signals";
import { READ_TIMEOUT_MS, tags as server } from "../api/client";
import { RequestState } from "../api/request";
import { session } from "../api/session";
import { tagTerm } from "./terms";

// More than anybody looks through in a list; the rest can be typed.
const OFFERED = 300;

export interface Offer {
  term: string;
  words: string;
}

/** Unknown until they have been asked for. */
export const offers = signal<readonly Offer[] | undefined>(undefined);

// A failure needs no words: searching works without the list, and whoever opens it again asks again.
const reading = new RequestState();

export async function want(): Promise<void> {
  if (offers.value !== undefined || reading.busy) return;
  await reading.load(async (signal) => {
    const { tags } = await server.listProjectSecretsTags({}, { signal, timeoutMs: READ_TIMEOUT_MS });
    signal.throwIfAborted();
    offers.value = tags
      .flatMap(({ key, values }) => [
        { term: tagTerm(key), words: key },
        ...values.map((value) => ({ term: tagTerm(key, value), words: `${key} = ${value}` })),
      ])
      .slice(0, OFFERED);
  });
}

/** They may have changed since. */
export function forget(): void {
  reading.cancel();
  offers.value = undefined;
}

// Another user may log in to the same page.
effect(() => {
  if (session.value === undefined) forget();
});
