// The two stages every secret has, and where stages stand.

import * as shown from "./secret-state";

/** The version that is given to whoever asks for the current value. */
export const CURRENT = "SYSCURRENT";
/** The one that was current before. */
export const PREVIOUS = "SYSPREVIOUS";

/** Neither can be removed. */
export function isBuiltIn(stage: string): boolean {
  return stage === CURRENT || stage === PREVIOUS;
}

/** The version a stage is on. */
export function holderOf(stage: string): string | undefined {
  return shown.versions.value.find((version) => version.versionStages.includes(stage))?.id;
}
