// Where one is: the part of the address after the `#`.

import { signal } from "@preact/signals";

export const SECRETS = "#/secrets";
export const BATCHES = "#/batches";

export const hash = signal(window.location.hash);
window.addEventListener("hashchange", () => {
  hash.value = window.location.hash;
});

/** The address of one secret. */
export function secretAddress(name: string): string {
  return `${SECRETS}/${encodeURIComponent(name)}`;
}

/** The address of one batch. */
export function batchAddress(id: string): string {
  return `${BATCHES}/${encodeURIComponent(id)}`;
}

/** What an address names among those of a screen: the one secret, the one batch. */
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
