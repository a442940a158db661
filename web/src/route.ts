// Where one is: the part of the address after the `#`, as a path and its parameters.
//
// Leaving what has not been saved asks first. A hash change cannot be prevented, so the screen stays until the question
// is answered: then it follows the address, or the address goes back to it.

import { computed, signal } from "@preact/signals";

export const SECRETS = "#/secrets";
export const BATCHES = "#/batches";
export const IMPORT = "#/import";

/** The address of the screen that is shown. */
export const hash = signal(window.location.hash);

export const path = computed(() => hash.value.split("?", 1)[0] || SECRETS);
export const params = computed(() => new URLSearchParams(hash.value.split("?")[1] ?? ""));

/** The address of the list of secrets as it was seen last, with its search and its place. */
export const listAddress = signal(SECRETS);

/** A way out of the screen that waits for an answer: where to, and how far from here in the history. */
export const leaving = signal<{ address: string; steps: number } | undefined>(undefined);

let isUnsaved = () => false;

/** Tells whether leaving the screen would lose something. */
export function setUnsavedCheck(check: () => boolean): void {
  isUnsaved = check;
}

// Entries of the history are numbered, so that it is known which way an address was left.
interface Place {
  position: number;
}
const positionOf = (state: unknown): number | undefined => (state as Place | null)?.position;

/** Of the screen that is shown, and of the address. They differ while a question is open. */
let shown = positionOf(history.state) ?? 0;
let current = shown;
history.replaceState({ position: current } satisfies Place, "");

window.addEventListener("hashchange", () => {
  const known = positionOf(history.state);
  current = known ?? current + 1;
  if (known === undefined) history.replaceState({ position: current } satisfies Place, "");
  const address = window.location.hash;
  if (current === shown) leaving.value = undefined;
  else if (isUnsaved()) leaving.value = { address, steps: current - shown };
  else follow(address);
});

function follow(address: string): void {
  leaving.value = undefined;
  shown = current;
  hash.value = address;
}

/** Stays on the screen: the address goes back to it. */
export function stay(): void {
  const steps = leaving.peek()?.steps;
  leaving.value = undefined;
  if (steps !== undefined) history.go(-steps);
}

/** Leaves the screen after all. */
export function leave(): void {
  const address = leaving.peek()?.address;
  if (address !== undefined) follow(address);
}

/** Changes what the address says about the screen, without an entry in the history. */
export function replaceParams(changes: Record<string, string>): void {
  // Another screen's address is not ours to change.
  if (current !== shown) return;
  const changed = new URLSearchParams(params.peek());
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") changed.delete(name);
    else changed.set(name, value);
  }
  const text = changed.toString();
  const address = path.peek() + (text === "" ? "" : `?${text}`);
  if (address === hash.peek()) return;
  history.replaceState(history.state, "", address);
  hash.value = address;
}

export function clearParams(): void {
  listAddress.value = SECRETS;
  replaceParams(Object.fromEntries([...params.peek().keys()].map((name) => [name, ""])));
}

/** The address of one secret. */
export function secretAddress(name: string): string {
  return `${SECRETS}/${encodeURIComponent(name)}`;
}

/** The address of one batch. */
export function batchAddress(id: string): string {
  return `${BATCHES}/${encodeURIComponent(id)}`;
}

/** What a path names among those of a screen: the one secret, the one batch. */
export function namedIn(address: string, screen: string): string | undefined {
  if (!address.startsWith(`${screen}/`)) return undefined;
  try {
    return decodeURIComponent(address.slice(screen.length + 1)) || undefined;
  } catch {
    // Not an address that this page has made.
    return undefined;
  }
}

export function goTo(address: string): void {
  window.location.hash = address;
}
