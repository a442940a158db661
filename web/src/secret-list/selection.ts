// The secrets chosen in the list. The choice survives searching, paging and reloading, until it is used or undone.

import { computed, effect, signal } from "@preact/signals";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { session } from "../api/session";
import { isPendingDeletion, loaded } from "./list-state";

/** By name, as they were when they were last seen. */
export const selected = signal<ReadonlyMap<string, Secret>>(new Map());

/** How many of them are in the list as it is loaded. */
export const inList = computed(() => loaded.value.filter((secret) => selected.value.has(secret.name)).length);

export const usable = computed(() => [...selected.value.values()].filter((secret) => !isPendingDeletion(secret)));
export const pending = computed(() => [...selected.value.values()].filter(isPendingDeletion));

export function choose(secrets: readonly Secret[], chosen: boolean): void {
  const next = new Map(selected.value);
  for (const secret of secrets) {
    if (chosen) next.set(secret.name, secret);
    else next.delete(secret.name);
  }
  selected.value = next;
}

export function clear(): void {
  selected.value = new Map();
}

// What is known about a chosen secret may have changed since.
effect(() => {
  const seen = loaded.value;
  const known = selected.peek();
  if (known.size === 0) return;
  const changed = seen.filter((secret) => known.has(secret.name) && known.get(secret.name) !== secret);
  if (changed.length > 0) choose(changed, true);
});

// Another user may log in to the same page.
effect(() => {
  if (session.value === undefined) clear();
});
