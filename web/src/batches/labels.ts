// How batches, and what they do with single secrets, are called on the page.

import { Action, type ActionCount, type Outcome } from "../../generated/strongroom/v1/batches_pb";
import { showNumber } from "../numbers";

interface ActionWords {
  /** Before it is done. */
  planned: string;
  done: string;
  /** After a number: of one, and of several where that is another word. */
  one: string;
  many?: string;
  tone: "good" | "waiting" | "bad" | "off";
}

export const ACTIONS: Record<Action, ActionWords> = {
  [Action.UNSPECIFIED]: { planned: "Unknown", done: "Unknown", one: "unknown", tone: "off" },
  [Action.CREATED]: { planned: "Create", done: "Created", one: "created", tone: "good" },
  [Action.NEW_VERSION]: {
    planned: "New version",
    done: "New version",
    one: "new version",
    many: "new versions",
    tone: "good",
  },
  [Action.UNCHANGED]: { planned: "Unchanged", done: "Unchanged", one: "unchanged", tone: "off" },
  [Action.SKIPPED]: { planned: "Skip", done: "Skipped", one: "skipped", tone: "off" },
  [Action.REJECTED]: { planned: "Rejected", done: "Rejected", one: "rejected", tone: "bad" },
  [Action.WITHHELD]: { planned: "Withheld", done: "Withheld", one: "withheld", tone: "waiting" },
  [Action.DELETED]: {
    planned: "Delete permanently",
    done: "Deleted permanently",
    one: "deleted permanently",
    tone: "bad",
  },
  [Action.SCHEDULED]: {
    planned: "Schedule deletion",
    done: "Deletion scheduled",
    one: "deletion scheduled",
    many: "deletions scheduled",
    tone: "waiting",
  },
  [Action.CANCELLED]: {
    planned: "Cancel deletion",
    done: "Deletion cancelled",
    one: "deletion cancelled",
    many: "deletions cancelled",
    tone: "good",
  },
  [Action.UNDONE]: { planned: "Undo", done: "Undone", one: "undone", tone: "good" },
};

const OPERATIONS: Record<string, string> = {
  BatchImportSecrets: "Import",
  ImportSecretsStream: "Import",
  ImportSecretsWithProgress: "Import",
  BatchDeleteSecrets: "Delete",
  BatchCancelDeletions: "Cancel deletions",
  UndoBatch: "Undo",
};

/** What a batch did; an operation this page does not know keeps its own name. */
export function operationWord(operation: string): string {
  return OPERATIONS[operation] ?? operation;
}

const UNDOING: Record<string, string> = {
  Import:
    "The secrets it created are deleted permanently. The versions it added to others are removed, and the stages point where they did before.",
  Delete: "The deletions it scheduled are cancelled, so that the secrets can be used again.",
  "Cancel deletions": "The secrets are pending deletion again, if their deletion date has not passed.",
};

/** What undoing such a batch means. */
export function undoing(operation: string): string {
  return UNDOING[operationWord(operation)] ?? "Its changes are reverted.";
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
  Action.REJECTED,
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

/** "12 created, 3 rejected" */
export function summary(counts: Iterable<readonly [Action, number]>): string {
  const words = ({ one, many = one }: ActionWords, count: number) => (count === 1 ? one : many);
  return [...counts].map(([action, count]) => `${showNumber(count)} ${words(ACTIONS[action], count)}`).join(", ");
}

export function countsOf(actions: readonly ActionCount[]): (readonly [Action, number])[] {
  return actions.map(({ action, count }) => [action, count]);
}
