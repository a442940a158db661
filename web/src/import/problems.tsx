// What is wrong with a text: entry, line, field, sentence, and the way there.

import { showNumber } from "../numbers";
import type { ValidatedEntry } from "./state";
import * as state from "./state";

// More than anybody repairs in one go; the count says how many there are.
const LISTED = 200;

type GoTo = ((line: number) => void) | undefined;

export function Problems({ goTo }: { goTo: GoTo }) {
  const ofFile = state.fileProblems.value;
  const bad = state.validated.value.filter((entry) => entry.problems.length + entry.rejected.length > 0);
  if (ofFile.length + bad.length === 0) return null;
  return (
    <>
      {ofFile.length > 0 && (
        <ul class="bad-entries" aria-label="Problems of the text">
          {ofFile.slice(0, LISTED).map((problem) => (
            <li key={`${problem.line}:${problem.column} ${problem.message}`} tabIndex={-1}>
              Line {problem.line}
              {problem.column > 0 && `, column ${problem.column}`}: {problem.message}{" "}
              <GoToLine line={problem.line} goTo={goTo} />
            </li>
          ))}
          <More count={ofFile.length} words="problems" />
        </ul>
      )}
      {bad.length > 0 && (
        <ul class="bad-entries" aria-label="Entries with problems">
          {bad.slice(0, LISTED).map((entry) => (
            <BadEntry key={entry.index} entry={entry} goTo={goTo} />
          ))}
          <More count={bad.length} words="entries with problems" />
        </ul>
      )}
    </>
  );
}

function More({ count, words }: { count: number; words: string }) {
  if (count <= LISTED) return null;
  return (
    <li class="hint">
      And {showNumber(count - LISTED)} more {words}.
    </li>
  );
}

function BadEntry({ entry, goTo }: { entry: ValidatedEntry; goTo: GoTo }) {
  const said: readonly state.PlacedProblem[] = [...entry.problems, ...entry.rejected];
  return (
    <li tabIndex={-1}>
      <p class="bad-entry-head">
        <strong>{entry.place}</strong> {entry.name !== "" && <span class="mono">{entry.name}</span>}
      </p>
      <ul class="problems">
        {said.map((problem) => (
          <li key={problem.field + problem.code + problem.message}>
            {problem.field !== "" && <code>{problem.field}</code>} {problem.message}{" "}
            <GoToLine line={problem.line ?? entry.line} goTo={goTo} />
          </li>
        ))}
      </ul>
    </li>
  );
}

function GoToLine({ line, goTo }: { line: number; goTo: GoTo }) {
  if (goTo === undefined) return <span class="hint">line {line}</span>;
  return (
    <button class="link" type="button" onClick={() => goTo(line)}>
      Show line {line}
    </button>
  );
}
