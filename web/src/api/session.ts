// Who is logged in. The token lives in memory and in the session storage of the open tabs, nowhere else.
//
// Tabs of one browser share the session: a new tab asks the others for it, and logging in or out in one does so in all.
// Nothing is stored that outlives the last tab.

import { signal } from "@preact/signals";

export interface Session {
  token: string;
  user: string;
  account: string;
  project: string;
}

// Survives a reload of the tab and ends with it.
const KEY = "strongroom-session";
// Milliseconds a new tab waits for the others. They answer within one; without another tab nobody does.
const OTHER_TABS_TIMEOUT_MS = 150;

type Message = { kind: "ask" } | { kind: "begun"; session: Session } | { kind: "ended"; token: string; reason: string };

const tabs = new BroadcastChannel(KEY);

export const session = signal<Session | undefined>(remembered());

/** Why the log-in page is shown, when the reason is not obvious. */
export const loggedOutReason = signal("");

export function begin(begun: Session): void {
  adopt(begun);
  tell({ kind: "begun", session: begun });
}

export function end(reason: string): void {
  const token = session.peek()?.token;
  drop(reason);
  if (token !== undefined) tell({ kind: "ended", token, reason });
}

/** The session of another tab, for a tab that has none. */
export function shareSession(): Promise<void> {
  if (session.peek() !== undefined) return Promise.resolve();
  return new Promise((resolve) => {
    setTimeout(resolve, OTHER_TABS_TIMEOUT_MS);
    session.subscribe((found) => found !== undefined && resolve());
    tell({ kind: "ask" });
  });
}

tabs.addEventListener("message", ({ data }: MessageEvent<Message>) => {
  const own = session.peek();
  switch (data.kind) {
    case "ask":
      if (own !== undefined) tell({ kind: "begun", session: own });
      break;
    case "begun":
      if (own === undefined) adopt(data.session);
      // A changed password ends the token with all others of its user; the new one replaces it in every tab.
      else if (own.user === data.session.user && own.account === data.session.account) adopt(data.session);
      break;
    case "ended":
      if (own?.token === data.token) drop(data.reason);
      break;
  }
});

function tell(message: Message): void {
  tabs.postMessage(message);
}

function adopt(begun: Session): void {
  sessionStorage.setItem(KEY, JSON.stringify(begun));
  loggedOutReason.value = "";
  session.value = begun;
}

function drop(reason: string): void {
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
