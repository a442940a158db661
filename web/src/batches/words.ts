// How batches, and what they do with single secrets, are called on the page.

import { Action, type ActionCount, type Outcome } from "../../generated/strongroom/v1/batches_pb";
import { showNumber } from "../numbers";

interface ActionWords {
  /** Before it is done. */
  planned: string;
  done: string;
  tone: "good" | "waiting" | "bad" | "off";
}

export const ACTIONS: Record<Action, ActionWords> = {
  [Action.UNSPECIFIED]: { planned: "Unknown", done: "Unknown", tone: "off" },
  [Action.CREATED]: { planned: "Create", done: "Created", tone: "good" },
  [Action.NEW_VERSION]: { planned: "New version", done: "New version", tone: "good" },
  [Action.UNCHANGED]: { planned: "Unchanged", done: "Unchanged", tone: "off" },
  [Action.SKIPPED]: { planned: "Skip", done: "Skipped", tone: "off" },
  [Action.REFUSED]: { planned: "Refused", done: "Refused", tone: "bad" },
  [Action.WITHHELD]: { planned: "Withheld", done: "Withheld", tone: "waiting" },
  [Action.DELETED]: { planned: "Delete for good", done: "Deleted", tone: "bad" },
  [Action.SCHEDULED]: { planned: "Schedule", done: "Scheduled", tone: "waiting" },
  [Action.CANCELLED]: { planned: "Cancel deletion", done: "Deletion cancelled", tone: "good" },
  [Action.TAKEN_BACK]: { planned: "Take back", done: "Taken back", tone: "good" },
};

const OPERATIONS: Record<string, string> = {
  BatchImportSecrets: "Import",
  BatchDeleteSecrets: "Delete",
  BatchCancelDeletions: "Cancel deletions",
  UndoBatch: "Undo",
};

/** What a batch did; an operation this page does not know keeps its own name. */
export function operationWord(operation: string): string {
  return OPERATIONS[operation] ?? operation;
}

export function actionWord(action: Action, done: boolean): string {
  const words = ACTIONS[action];
  return done ? words.done : words.planned;
}

/** Nothing was, or would be, done with the secret. */
const IDLE: ReadonlySet<Action> = new Set([
  Action.UNSPECIFIED,
  Action.UNCHANGED,
  Action.SKIPPED,
  Action.REFUSED,
  Action.WITHHELD,
]);

export function isChange(outcome: Outcome): boolean {
  return !IDLE.has(outcome.action);
}

/** Outcomes of each action, in the order in which actions are listed above. */
export function countActions(outcomes: readonly Outcome[]): ReadonlyMap<Action, number> {
  const counts = new Map<Action, number>();
  for (const { action } of outcomes) counts.set(action, (counts.get(action) ?? 0) + 1);
  return new Map([...counts].sort(([one], [other]) => one - other));
}

/** "12 created, 3 refused" */
export function summary(counts: Iterable<readonly [Action, number]>): string {
  return [...counts].map(([action, count]) => `${showNumber(count)} ${actionWord(action, true).toLowerCase()}`).join(", ");
}

export function countsOf(actions: readonly ActionCount[]): (readonly [Action, number])[] {
  return actions.map(({ action, count }) => [action, count]);
}
