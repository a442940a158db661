// The tags that can be searched by, asked for when somebody first wants to choose one, and kept until they may have changed.

import { effect, signal } from "@preact/signals";
import { tags as server } from "../api/client";
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

// An answer counts only if nothing has been forgotten since it was asked for.
let asking = 0;
let underWay = false;

export async function want(): Promise<void> {
  if (offers.value !== undefined || underWay) return;
  underWay = true;
  const mine = asking;
  try {
    const { tags } = await server.listProjectSecretsTags({});
    if (mine !== asking) return;
    offers.value = tags
      .flatMap(({ key, values }) => [
        { term: tagTerm(key), words: key },
        ...values.map((value) => ({ term: tagTerm(key, value), words: `${key} = ${value}` })),
      ])
      .slice(0, OFFERED);
  } catch {
    // Searching works without the list, and says itself what is wrong. Whoever opens it again asks again.
  } finally {
    if (mine === asking) underWay = false;
  }
}

/** They may have changed since. */
export function forget(): void {
  asking += 1;
  underWay = false;
  offers.value = undefined;
}

// Another user may log in to the same page.
effect(() => {
  if (session.value === undefined) forget();
});
