// The name of a request that changes something: sent again under it, nothing is done twice.

/** A name that no other request has. Works without https too, unlike `crypto.randomUUID`. */
export function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
