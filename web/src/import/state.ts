// What is about to be imported: typed by hand or given as text, and what the rules say about it while it changes.

import { computed, signal } from "@preact/signals";
import { showNumber } from "../numbers";
import { type Judgement, judgeEntries, type Problem } from "../rules";
import { allowed } from "../server/limits";
import { type Draft, emptyDraft, entryOf, FIELDS, isBlank } from "./draft";
import { readEntries, type WrittenEntry } from "./json-entries";

export type Source = "hand" | "text";

/** An entry with all that is known about it. */
export interface Judged {
  /** Its place among the drafts, or in the text, from 0. */
  index: number;
  entry: unknown;
  /** Where to find it: "Entry 3", with the line when there is one. */
  place: string;
  name: string;
  problems: readonly Problem[];
  /** Line of each field, and of the entry under the empty name. */
  lines: ReadonlyMap<string, number>;
}

export const source = signal<Source>("hand");
export const drafts = signal<readonly Draft[]>([emptyDraft()]);
export const text = signal("");
/** Name of the file the text came from, as long as it has not been edited. */
export const fileName = signal("");
/** What the server said about the entries of the text as it stands, by their place. */
export const refusedInText = signal<ReadonlyMap<number, readonly Problem[]>>(new Map());

export const read = computed(() => readEntries(text.value));

const draftJudgement = computed(() => judgeEntries(drafts.value.map(entryOf)));

const textJudgement = computed<Judgement>(() => {
  const found = read.value;
  if (found.kind !== "entries") return { entries: new Map(), batch: [] };
  return judgeEntries(found.entries.map((entry) => entry.value));
});

/** Problems of the batch as a whole; nothing can be sent while there is one. */
export const batchProblems = computed(() => (source.value === "hand" ? draftJudgement.value : textJudgement.value).batch);

/**
 * Said when the project may have no room for all of them, and empty otherwise. Only the server knows: others store and
 * delete meanwhile, and an entry whose name is taken needs no room.
 */
export const roomWarning = computed(() => {
  if (allowed.value === undefined) return "";
  const { secretsUsed, secrets } = allowed.value;
  const over = secretsUsed + good.value.length - secrets;
  if (over <= 0) return "";
  return (
    `The project has ${showNumber(secretsUsed)} secrets, and ${showNumber(secrets)} are the most: there may be no room for ` +
    `${over === 1 ? "one entry" : `${showNumber(over)} entries`}. What is refused stays here.`
  );
});

/** Every entry that is not blank, in order. */
export const judged = computed<Judged[]>(() => {
  if (source.value === "text") {
    const found = read.value;
    return found.kind === "entries" ? found.entries.map(judgedText) : [];
  }
  return drafts.value.flatMap((draft, index) => (isBlank(draft) ? [] : [judgedDraft(draft, index)]));
});

export const good = computed(() => judged.value.filter((entry) => entry.problems.length === 0));
export const bad = computed(() => judged.value.filter((entry) => entry.problems.length > 0));

function judgedDraft(draft: Draft, index: number): Judged {
  return {
    index,
    entry: entryOf(draft),
    place: `Entry ${index + 1}`,
    name: draft.name,
    problems: draftProblems(draft, index),
    lines: new Map(),
  };
}

/** What the rules, and the server when it was asked, say about one typed entry. */
export function draftProblems(draft: Draft, index: number): readonly Problem[] {
  if (isBlank(draft)) return [];
  return [...(draftJudgement.value.entries.get(index) ?? []), ...draft.refused];
}

function judgedText(written: WrittenEntry, index: number): Judged {
  const problems = [...(textJudgement.value.entries.get(index) ?? []), ...(refusedInText.value.get(index) ?? [])];
  const lines = new Map(written.lines).set("", written.line);
  const place = `Entry ${index + 1}, line ${written.line}`;
  return { index, entry: written.value, place, name: nameOf(written.value), problems, lines };
}

function nameOf(entry: unknown): string {
  if (typeof entry !== "object" || entry === null || !("name" in entry)) return "";
  return typeof entry.name === "string" ? entry.name : "";
}

export function addDraft(): void {
  drafts.value = [...drafts.value, emptyDraft()];
}

export function removeDraft(key: number): void {
  const left = drafts.value.filter((draft) => draft.key !== key);
  drafts.value = left.length > 0 ? left : [emptyDraft()];
}

export function changeDraft(key: number, change: Partial<Draft>): void {
  drafts.value = drafts.value.map((draft) => (draft.key === key ? { ...draft, ...change } : draft));
}

export function setText(changed: string, from = ""): void {
  text.value = changed;
  fileName.value = from;
  refusedInText.value = new Map();
}

/** Keeps the drafts at these places, each with what the server said about it. */
export function keepDrafts(left: ReadonlyMap<number, readonly Problem[]>): void {
  const kept = drafts.value.flatMap((draft, index) => {
    const refused = left.get(index);
    return refused === undefined ? [] : [{ ...draft, refused, visited: new Set(FIELDS) }];
  });
  drafts.value = kept.length > 0 ? kept : [emptyDraft()];
}

/** The same for the entries of the text. */
export function keepInText(left: ReadonlyMap<number, readonly Problem[]>): void {
  const found = read.value;
  if (found.kind !== "entries") return;
  const kept = found.entries.flatMap((entry, index) => {
    const refused = left.get(index);
    return refused === undefined ? [] : [{ value: entry.value, refused }];
  });
  setText(kept.length > 0 ? JSON.stringify({ secrets: kept.map((entry) => entry.value) }, null, 2) : "");
  refusedInText.value = new Map(kept.map((entry, index) => [index, entry.refused]));
}

export function forget(): void {
  drafts.value = [emptyDraft()];
  setText("");
}

let owner = "";

/** What was left by a session that expired waits for the same user, and for nobody else. */
export function claim(user: string): void {
  if (user !== owner) forget();
  owner = user;
}
