// Copying, without showing: a value goes from the server to the clipboard and is kept nowhere on the page.

import { versions } from "../api/client";

/** What stands for the version that is current. */
export const LATEST = "latest";

/** Browsers offer the clipboard on trusted origins only. */
export function canCopy(): boolean {
  return navigator.clipboard !== undefined;
}

export async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
}

export async function copyValue(secretName: string, versionId = LATEST): Promise<void> {
  const { version } = await versions.showSecretVersion({ secretName, versionId });
  await copyText(version?.secretString ?? version?.secretBinary ?? "");
}
