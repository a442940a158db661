// The secret on the screen, with its versions, as the server last told them.

import { effect, signal } from "@preact/signals";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import type { VersionMetadata } from "../../generated/strongroom/v1/versions_pb";
import { secrets as server, versions as versionServer } from "../api/client";
import { type Rejection, rejectionOf } from "../api/rejection";
import { session } from "../api/session";
import { forget as forgetOffers } from "../secret-list/known-tags";

// The most the contract allows on a page; far more versions than a secret can have.
const PAGE = 1_000;

export const secret = signal<Secret | undefined>(undefined);
/** Newest first. */
export const versions = signal<readonly VersionMetadata[]>([]);
/** Why what is shown is not all there is, or may be old. */
export const rejection = signal<Rejection | undefined>(undefined);

// An answer counts only for the secret it was asked for: another may be on the screen by then.
let reading = 0;

export async function load(name: string): Promise<void> {
  forget();
  await loadSecret(name);
  if (secret.peek() !== undefined) await loadVersions(name);
}

/** After a change that the answer to it does not show in full. */
export async function reload(name: string): Promise<void> {
  await Promise.all([loadSecret(name), loadVersions(name)]);
}

/** After a change of tags, which answers with nothing. */
export function reloadTags(name: string): Promise<void> {
  forgetOffers();
  return loadSecret(name);
}

export function loadSecret(name: string): Promise<void> {
  return show(server.showSecret({ secretName: name }), (answer) => {
    secret.value = answer.secret;
  });
}

function loadVersions(name: string): Promise<void> {
  return show(versionServer.listSecretVersions({ secretName: name, limit: PAGE }), (answer) => {
    versions.value = answer.versionMetadatas.toReversed();
  });
}

/** Never fails: what was changed before is changed, also when it cannot be looked at. */
async function show<Answer>(coming: Promise<Answer>, take: (answer: Answer) => void): Promise<void> {
  const mine = reading;
  rejection.value = undefined;
  try {
    const answer = await coming;
    if (mine === reading) take(answer);
  } catch (thrown) {
    if (mine === reading) rejection.value = rejectionOf(thrown);
  }
}

export function put(changed: Secret | undefined): void {
  if (changed !== undefined) secret.value = changed;
}

export function forget(): void {
  reading += 1;
  secret.value = undefined;
  versions.value = [];
  rejection.value = undefined;
}

// Another user may log in to the same page.
effect(() => {
  if (session.value === undefined) forget();
});
