// What is about to be imported: typed by hand or given as text, and what the rules say about it while it changes.

import { computed, signal } from "@preact/signals";
import { judgeEntries, type Problem } from "../rules";
import { forgetChoices } from "./conflict-policy";
import { type Draft, emptyDraft, entryOf, FIELDS, isBlank } from "./draft";
import { DEFAULT_READ_OPTIONS, type FileEntry, isOfFile, type ReadOptions, readGiven } from "./reader";

export type Source = "hand" | "text";

/** A problem, and the line it is on when there is one. */
export interface PlacedProblem extends Problem {
  line?: number;
}

/** An entry with all that is known about it. */
export interface ValidatedEntry {
  /** Its place among the drafts, or in the text, from 0. */
  index: number;
  entry: unknown;
  /** Where to find it: "Entry 3", with the line when there is one. */
  place: string;
  /** Line of the text; 0 when it was typed by hand. */
  line: number;
  name: string;
  /** What the rules say. An entry with problems is not sent. */
  problems: readonly PlacedProblem[];
  /** What the server said about it as it stands; it may think otherwise by now. */
  rejected: readonly Problem[];
}

export const source = signal<Source>("hand");
export const drafts = signal<readonly Draft[]>([emptyDraft()]);
export const text = signal("");
/** The file the text came from, as long as it has not been edited. Its bytes are read, because a text box changes line ends. */
export const file = signal<{ name: string; bytes: Uint8Array } | undefined>(undefined);
/** How the text shall be read. */
export const readOptions = signal<ReadOptions>(DEFAULT_READ_OPTIONS);
/** What the server said about the entries of the text as it stands, by their place. */
export const rejectedInText = signal<ReadonlyMap<number, readonly Problem[]>>(new Map());

/** What the text says; nothing before the readers are there. */
export const read = computed(() =>
  readGiven(file.value?.bytes ?? text.value, file.value?.name ?? "", readOptions.value),
);

const draftJudgement = computed(() => judgeEntries(drafts.value.map(entryOf)));

/** What stops the whole text: until it is repaired, nobody knows what it says. */
export const fileProblems = computed(() =>
  source.value === "text" ? (read.value?.complaints.filter(isOfFile) ?? []) : [],
);

/** Problems of the batch as a whole; nothing can be sent while there is one. */
export const batchProblems = computed(() => (source.value === "hand" ? draftJudgement.value.batch : []));

/** Every entry that is not blank, in order. */
export const validated = computed<ValidatedEntry[]>(() => {
  if (source.value === "text") return read.value?.entries.map(judgedText) ?? [];
  return drafts.value.flatMap((draft, index) => (isBlank(draft) ? [] : [judgedDraft(draft, index)]));
});

/** Those that can be sent. */
export const good = computed(() => validated.value.filter((entry) => entry.problems.length === 0));
export const bad = computed(() => validated.value.filter((entry) => entry.problems.length > 0));

function judgedDraft(draft: Draft, index: number): ValidatedEntry {
  return {
    index,
    entry: entryOf(draft),
    place: `Entry ${index + 1}`,
    line: 0,
    name: draft.name,
    problems: draftJudgement.value.entries.get(index) ?? [],
    rejected: draft.rejected,
  };
}

/** What the rules, and the server when it was asked, say about one typed entry. */
export function draftProblems(draft: Draft, index: number): readonly Problem[] {
  if (isBlank(draft)) return [];
  return [...(draftJudgement.value.entries.get(index) ?? []), ...draft.rejected];
}

const complaintsOfEntries = computed(() => {
  const found = new Map<number, PlacedProblem[]>();
  for (const { index, column: _, ...problem } of read.value?.complaints ?? []) {
    const known = found.get(index);
    if (known) known.push(problem);
    else found.set(index, [problem]);
  }
  return found;
});

function judgedText(entry: FileEntry, index: number): ValidatedEntry {
  const line = read.value?.lines[index] ?? 1;
  return {
    index,
    entry,
    place: `Entry ${index + 1}, line ${line}`,
    line,
    name: entry.name,
    problems: complaintsOfEntries.value.get(index) ?? [],
    rejected: rejectedInText.value.get(index) ?? [],
  };
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

export function setText(changed: string): void {
  text.value = changed;
  file.value = undefined;
  rejectedInText.value = new Map();
  if (changed === "") readOptions.value = DEFAULT_READ_OPTIONS;
}

/** Another file is read on its own terms. */
export function setFile(name: string, bytes: Uint8Array, shown: string): void {
  text.value = shown;
  file.value = { name, bytes };
  rejectedInText.value = new Map();
  readOptions.value = DEFAULT_READ_OPTIONS;
}

export function setReadOptions(changed: Partial<ReadOptions>): void {
  readOptions.value = { ...readOptions.value, ...changed };
  rejectedInText.value = new Map();
}

/** Remembers what the server said about entries, by their place in the form or text. */
export function mark(rejected: ReadonlyMap<number, readonly Problem[]>): void {
  if (source.value === "text") {
    rejectedInText.value = rejected;
    return;
  }
  drafts.value = drafts.value.map((draft, index) => {
    const said = rejected.get(index) ?? [];
    return said.length === 0 ? { ...draft, rejected: said } : { ...draft, rejected: said, visited: new Set(FIELDS) };
  });
}

/** Keeps only the entries at these places, each with what the server said about it; those of a text changed as given. */
export function keepOnly(left: ReadonlyMap<number, readonly Problem[]>, changed = (entry: FileEntry) => entry): void {
  if (source.value === "hand") {
    const kept = drafts.value.flatMap((draft, index) => {
      const rejected = left.get(index);
      return rejected === undefined ? [] : [{ ...draft, rejected, visited: new Set(FIELDS) }];
    });
    drafts.value = kept.length > 0 ? kept : [emptyDraft()];
    return;
  }
  const kept = (read.value?.entries ?? []).flatMap((entry, index) => {
    const rejected = left.get(index);
    return rejected === undefined ? [] : [{ entry: changed(entry), rejected }];
  });
  // Whatever the text was, what is left of it is written in our own form.
  setText(kept.length > 0 ? JSON.stringify({ secrets: kept.map(({ entry }) => entry) }, null, 2) : "");
  readOptions.value = DEFAULT_READ_OPTIONS;
  rejectedInText.value = new Map(kept.map(({ rejected }, index) => [index, rejected]));
}

export function forget(): void {
  drafts.value = [emptyDraft()];
  setText("");
  forgetChoices();
}

let owner = "";

/** What was left by a session that expired waits for the same user, and for nobody else. */
export function claim(user: string): void {
  if (user !== owner) forget();
  owner = user;
}
