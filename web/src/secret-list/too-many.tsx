// More secrets are chosen than one call takes: that is said with what to do, instead of a form that leads nowhere.

import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { allowed } from "../api/limits";
import { showNumber } from "../numbers";
import { judgeNames, limits } from "../rules";

/** What there is to say about these names; nothing when they are not too many. */
export function useTooMany(names: readonly string[]): ComponentChildren {
  const problems = useMemo(() => judgeNames(names), [names, allowed.value]);
  if (problems.length === 0) return undefined;
  const most = allowed.value?.importEntries ?? limits().defaultImportEntries;
  return (
    <p class="rejected" role="alert">
      {showNumber(names.length)} secrets are chosen; at most {showNumber(most)} are allowed at a time. Search for a part
      of them, or choose fewer, and do it several times.
    </p>
  );
}
