// The tags of the secrets in sight. The list does not carry them, so they are asked for, once each.

import { effect, signal } from "@preact/signals";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import type { Tag } from "../../generated/strongroom/v1/tags_pb";
import { tags as server } from "../server/client";
import { session } from "../server/session";

// Milliseconds: what is only scrolled past is not asked for.
const PAUSE = 120;

/** By the identifier of the secret. */
export const known = signal<ReadonlyMap<string, readonly Tag[]>>(new Map());

let pause: ReturnType<typeof setTimeout> | undefined;

export function want(secrets: readonly Secret[]): void {
  clearTimeout(pause);
  const unknown = secrets.filter((secret) => !known.peek().has(secret.id));
  if (unknown.length > 0) pause = setTimeout(() => void ask(unknown), PAUSE);
}

async function ask(secrets: readonly Secret[]): Promise<void> {
  const asked = session.peek()?.token;
  const answers = await Promise.allSettled(secrets.map((secret) => server.listSecretTags({ secretId: secret.id })));
  if (session.peek()?.token !== asked) return;
  const grown = new Map(known.value);
  secrets.forEach((secret, index) => {
    const answer = answers[index];
    // A secret that has just gone has no tags to show.
    grown.set(secret.id, answer?.status === "fulfilled" ? answer.value.tags : []);
  });
  known.value = grown;
}

/** They may have changed since. */
export function forget(): void {
  clearTimeout(pause);
  known.value = new Map();
}

// Another user may log in to the same page.
effect(() => {
  if (session.value === undefined) forget();
});
