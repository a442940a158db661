// What the server allows, asked when somebody logs in and again when the number of secrets has changed.

import { effect, signal } from "@preact/signals";
import type { ShowLimitsResponse } from "../../generated/strongroom/v1/limits_pb";
import * as rules from "../../generated/validation/strongroom_validation";
import { READ_TIMEOUT_MS, limits as server } from "./client";
import { RequestState } from "./request";
import { session } from "./session";

/** Unknown until the server has answered, and to callers it does not tell. */
export const allowed = signal<ShowLimitsResponse | undefined>(undefined);

/** Whoever may not see the limits can do without: the server still holds them. */
export const reading = new RequestState();

/** How many secrets one request can name. */
export function namesPerRequest(): number {
  return allowed.peek()?.importEntries ?? rules.limits().defaultImportEntries;
}

export async function loadLimits(): Promise<void> {
  await reading.load(async (signal) => {
    const answer = await server.showLimits({}, { signal, timeoutMs: READ_TIMEOUT_MS });
    signal.throwIfAborted();
    allowed.value = answer;
  });
}

effect(() => {
  if (session.value !== undefined) return void loadLimits();
  reading.cancel();
  allowed.value = undefined;
});
