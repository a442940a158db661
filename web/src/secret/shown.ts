// The secret on the screen, with its versions and tags, as the server last told them.

import { effect, signal } from "@preact/signals";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import type { Tag } from "../../generated/strongroom/v1/tags_pb";
import type { VersionMetadata } from "../../generated/strongroom/v1/versions_pb";
import { secrets as server, tags as tagServer, versions as versionServer } from "../server/client";
import { type Refusal, refusalOf } from "../server/refusal";
import { session } from "../server/session";

// The most the contract allows on a page; far more versions than a secret can have.
const PAGE = 1_000;

export const secret = signal<Secret | undefined>(undefined);
/** Newest first. */
export const versions = signal<readonly VersionMetadata[]>([]);
export const tags = signal<readonly Tag[]>([]);
export const refusal = signal<Refusal | undefined>(undefined);

// An answer counts only for the secret it was asked for: another may be on the screen by then.
let reading = 0;

export async function load(name: string): Promise<void> {
  forget();
  const mine = reading;
  try {
    const answer = await server.showSecret({ secretName: name });
    if (mine !== reading || answer.secret === undefined) return;
    secret.value = answer.secret;
    await Promise.all([loadVersions(), loadTags()]);
  } catch (thrown) {
    if (mine === reading) refusal.value = refusalOf(thrown);
  }
}

/** After a change that the answer to it does not show in full. */
export async function reload(): Promise<void> {
  const name = secret.peek()?.name;
  if (name === undefined) return;
  const mine = reading;
  const [answer] = await Promise.all([server.showSecret({ secretName: name }), loadVersions()]);
  if (mine === reading) secret.value = answer.secret;
}

export async function loadVersions(): Promise<void> {
  const name = secret.peek()?.name;
  if (name === undefined) return;
  const mine = reading;
  const answer = await versionServer.listSecretVersions({ secretName: name, limit: PAGE });
  if (mine === reading) versions.value = answer.versionMetadatas.toReversed();
}

export async function loadTags(): Promise<void> {
  const id = secret.peek()?.id;
  if (id === undefined) return;
  const mine = reading;
  const answer = await tagServer.listSecretTags({ secretId: id });
  if (mine === reading) tags.value = answer.tags;
}

export function put(changed: Secret | undefined): void {
  if (changed !== undefined) secret.value = changed;
}

export function forget(): void {
  reading += 1;
  secret.value = undefined;
  versions.value = [];
  tags.value = [];
  refusal.value = undefined;
}

// Another user may log in to the same page.
effect(() => {
  if (session.value === undefined) forget();
});
