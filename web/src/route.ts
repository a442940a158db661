// Where one is: the part of the address after the `#`.

import { signal } from "@preact/signals";

export const SECRETS = "#/secrets";

export const hash = signal(window.location.hash);
window.addEventListener("hashchange", () => {
  hash.value = window.location.hash;
});

/** The address of one secret. */
export function secretAddress(name: string): string {
  return `${SECRETS}/${encodeURIComponent(name)}`;
}

/** The secret that an address is about. */
export function secretIn(address: string): string | undefined {
  if (!address.startsWith(`${SECRETS}/`)) return undefined;
  try {
    return decodeURIComponent(address.slice(SECRETS.length + 1)) || undefined;
  } catch {
    // Not an address that this page has made.
    return undefined;
  }
}

export function goTo(address: string): void {
  window.location.hash = address;
}
