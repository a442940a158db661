// Who is logged in. The token lives in memory and in this tab's session storage, nowhere else.

import { signal } from "@preact/signals";

export interface Session {
  token: string;
  user: string;
  account: string;
  project: string;
}

// Survives a reload of the tab and ends with it.
const KEY = "strongroom-session";

export const session = signal<Session | undefined>(remembered());

/** Why the log-in page is shown, when the reason is not obvious. */
export const loggedOutReason = signal("");

export function begin(begun: Session): void {
  sessionStorage.setItem(KEY, JSON.stringify(begun));
  loggedOutReason.value = "";
  session.value = begun;
}

export function end(reason: string): void {
  sessionStorage.removeItem(KEY);
  loggedOutReason.value = reason;
  session.value = undefined;
}

function remembered(): Session | undefined {
  const text = sessionStorage.getItem(KEY);
  if (text === null) return undefined;
  try {
    const found = JSON.parse(text) as Partial<Session>;
    const { token, user, account, project } = found;
    if (!token || !user || !account || !project) return undefined;
    return { token, user, account, project };
  } catch {
    // Written by another version of the page: logging in again costs less than guessing.
    return undefined;
  }
}
