// What is about to be imported: typed by hand or given as text, and what the rules say about it while it changes.

import { computed, effect, signal } from "@preact/signals";
import { allowed } from "../api/limits";
import { judgeEntries, type Problem } from "../rules";
import { keepUnsaved } from "../unsaved";
import { forgetChoices } from "./conflict-policy";
import { type Draft, emptyDraft, entryOf, FIELDS, isBlank } from "./draft";
import {
  DEFAULT_READ_OPTIONS,
  type FileContents,
  type FileEntry,
  type ReadOptions,
  reader,
  read as readText,
} from "./reader";

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

/** What the text says, as far as it has been read; nothing when there is no text. */
export const read = signal<FileContents | undefined>(undefined);
/** The text has changed since it was read. */
export const reading = signal(false);

// Milliseconds between the last key and the reading of a long text; a short one is read at once.
const READ_DELAY_MS = 150;
const SHORT_TEXT = 20_000;

let reads = 0;
let delay: ReturnType<typeof setTimeout> | undefined;

effect(() => {
  const given = file.value?.bytes ?? text.value;
  const options = readOptions.value;
  const name = file.value?.name ?? "";
  // Entries are judged by the limits of the server too.
  void allowed.value;
  reads += 1;
  const mine = reads;
  clearTimeout(delay);
  if (reader.value !== "ready" || isBlankText(given)) {
    read.value = undefined;
    reading.value = false;
    return;
  }
  reading.value = true;
  delay = setTimeout(
    async () => {
      const contents = await readText(given, name, options);
      if (mine !== reads) return;
      read.value = contents;
      reading.value = false;
    },
    given.length > SHORT_TEXT && read.peek() !== undefined ? READ_DELAY_MS : 0,
  );
});

function isBlankText(given: Uint8Array | string): boolean {
  return typeof given === "string" ? !/\S/.test(given) : given.length === 0;
}

/** Waits until what is typed has been read. */
export function whenRead(): Promise<void> {
  return new Promise((resolve) => {
    const stop = reading.subscribe((busy) => {
      if (busy) return;
      resolve();
      // Called at once when nothing is to be read, before there is anything to stop.
      queueMicrotask(() => stop());
    });
  });
}

const draftJudgement = computed(() => judgeEntries(drafts.value.map(entryOf)));

/** What stops the whole text: until it is repaired, nobody knows what it says. */
export const fileProblems = computed(() =>
  source.value === "text" ? (read.value?.complaints.filter((complaint) => complaint.index < 0) ?? []) : [],
);

/** Problems of the batch as a whole; nothing can be sent while there is one. */
export const batchProblems = computed(() => (source.value === "hand" ? draftJudgement.value.batch : []));

/** Every entry that is not blank, in order. */
export const validated = computed<ValidatedEntry[]>(() => {
  if (source.value === "text") return read.value?.entries.map(validatedText) ?? [];
  return drafts.value.flatMap((draft, index) => (isBlank(draft) ? [] : [validatedDraft(draft, index)]));
});

/** Those that can be sent. */
export const good = computed(() => validated.value.filter((entry) => entry.problems.length === 0));
export const bad = computed(() => validated.value.filter((entry) => entry.problems.length > 0));

function validatedDraft(draft: Draft, index: number): ValidatedEntry {
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

function validatedText(entry: FileEntry, index: number): ValidatedEntry {
  const line = read.value?.lines[index] ?? 1;
  const problems = complaintsOfEntries.value.get(index) ?? [];
  return {
    index,
    entry,
    place: `Entry ${index + 1}, line ${line}`,
    line,
    name: entry.name,
    problems: isEmptyCell(entry) ? [...problems, EMPTY_CELL] : problems,
    rejected: rejectedInText.value.get(index) ?? [],
  };
}

// A table has a cell in every row: an empty one was forgotten, as an empty box is when an entry is typed by hand.
const EMPTY_CELL: Problem = {
  field: "secret_string",
  code: "REQUIRED",
  message: "The value is empty. Fill in the cell, or remove the line.",
};

function isEmptyCell({ secret_string }: FileEntry): boolean {
  return read.value?.format === "csv" && secret_string === "";
}

/** Entries of the text that would store an empty value. Some formats can say that this is meant. */
export const emptyValues = computed(() =>
  source.value === "text"
    ? good.value.filter(({ entry }) => (entry as FileEntry).secret_string === "").map(({ name }) => name)
    : [],
);

/** There is something that would be lost. */
export const hasEntries = computed(
  () => text.value !== "" || file.value !== undefined || drafts.value.some((draft) => !isBlank(draft)),
);

keepUnsaved(() => hasEntries.peek());

/** Whoever wants to go on is done with every field: now everything that is missing may be said. */
export function visitAll(): void {
  drafts.value = drafts.value.map((draft) => (isBlank(draft) ? draft : { ...draft, visited: new Set(FIELDS) }));
}

export function addDraft(): void {
  drafts.value = [...drafts.value, emptyDraft()];
}

export function removeDraft(key: number): void {
  const left = drafts.value.filter((draft) => draft.key !== key);
  setDrafts(left.length > 0 ? left : [emptyDraft()]);
}

export function changeDraft(key: number, change: Partial<Draft>): void {
  drafts.value = drafts.value.map((draft) => (draft.key === key ? { ...draft, ...change } : draft));
}

export function setText(changed: string): void {
  text.value = changed;
  edited();
}

/** The text is not that of the file any more, and what was said about it is past. */
export function edited(): void {
  file.value = undefined;
  rejectedInText.value = new Map();
  if (text.peek() === "") readOptions.value = DEFAULT_READ_OPTIONS;
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
    setDrafts(kept.length > 0 ? kept : [emptyDraft()]);
    dropReadValues();
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
  dropReadValues();
}

export function forget(): void {
  setDrafts([emptyDraft()]);
  setText("");
  dropReadValues();
  forgetChoices();
}

/** Empties the values of the drafts that go: what the page has drawn of them may be kept for longer. */
function setDrafts(left: readonly Draft[]): void {
  const kept = new Set(left.map((draft) => draft.key));
  for (const draft of drafts.value) if (!kept.has(draft.key)) draft.value.value = "";
  drafts.value = left;
}

/** What is computed keeps its last result, values included, until somebody asks for the next one. */
function dropReadValues(): void {
  read.value = undefined;
  void [good.value, bad.value, complaintsOfEntries.value, draftJudgement.value, emptyValues.value];
}

let owner = "";

/** What was left by a session that expired waits for the same user, and for nobody else. */
export function claim(user: string): void {
  if (user !== owner) forget();
  owner = user;
}
