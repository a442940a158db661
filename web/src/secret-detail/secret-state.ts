// The secret on the screen, with its versions, as the server last answered.

import { effect, signal } from "@preact/signals";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import type { VersionMetadata } from "../../generated/strongroom/v1/versions_pb";
import { READ_TIMEOUT_MS, secrets as server, versions as versionServer } from "../api/client";
import { RequestState } from "../api/request";
import { session } from "../api/session";
import { forget as forgetKnownTags } from "../secret-list/known-tags";

// The most the contract allows on a page; far more versions than a secret can have.
const PAGE = 1_000;

export const secret = signal<Secret | undefined>(undefined);
/** Newest first. */
export const versions = signal<readonly VersionMetadata[]>([]);
export const reading = new RequestState();

/** Another secret comes to the screen. */
export function load(name: string): Promise<void> {
  forget();
  return reload(name);
}

/** After a change that the answer to it does not show in full. Never fails: the change is made all the same. */
export function reload(name: string): Promise<void> {
  return reading.load(async (signal) => {
    const options = { signal, timeoutMs: READ_TIMEOUT_MS };
    const [shown, listed] = await Promise.all([
      server.showSecret({ secretName: name }, options),
      versionServer.listSecretVersions({ secretName: name, limit: PAGE }, options),
    ]);
    signal.throwIfAborted();
    secret.value = shown.secret;
    versions.value = listed.versionMetadatas.toReversed();
  });
}

/** After a change of tags, which answers with nothing. */
export function reloadTags(name: string): Promise<void> {
  forgetKnownTags();
  return reload(name);
}

export function put(changed: Secret | undefined): void {
  if (changed !== undefined) secret.value = changed;
}

export function forget(): void {
  reading.cancel();
  secret.value = undefined;
  versions.value = [];
}

// Another user may log in to the same page.
effect(() => {
  if (session.value === undefined) forget();
});
