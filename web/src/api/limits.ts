// What the server allows, asked when somebody logs in and again when the number of secrets has changed.

import { effect, signal } from "@preact/signals";
import type { ShowLimitsResponse } from "../../generated/strongroom/v1/limits_pb";
import { limits as server } from "./client";
import { session } from "./session";

/** Unknown until the server has answered, and to callers it does not tell. */
export const allowed = signal<ShowLimitsResponse | undefined>(undefined);

export async function loadLimits(): Promise<void> {
  const asked = session.peek()?.token;
  try {
    const answer = await server.showLimits({});
    if (session.peek()?.token === asked) allowed.value = answer;
  } catch {
    // Whoever may not see the limits can do without: the server still holds them.
  }
}

effect(() => {
  if (session.value === undefined) allowed.value = undefined;
  else void loadLimits();
});
