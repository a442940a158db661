// What is wrong with a pasted body: entry, line, field, sentence, and the way there.

import type { Judged } from "./state";
import * as state from "./state";

// More than anybody repairs in one go; the count above the list says how many there are.
const LISTED = 200;

type GoTo = ((line: number) => void) | undefined;

export function Problems({ goTo }: { goTo: GoTo }) {
  const found = state.read.value;
  if (found.kind === "broken") {
    return (
      <div class="judgement">
        <p class="refused">
          Line {found.line}, column {found.column}: {found.message}
        </p>
        <GoToLine line={found.line} goTo={goTo} />
      </div>
    );
  }
  const bad = state.bad.value;
  if (bad.length === 0) return null;
  return (
    <ul class="bad-entries" aria-label="Entries with problems">
      {bad.slice(0, LISTED).map((entry) => (
        <BadEntry key={entry.index} entry={entry} goTo={goTo} />
      ))}
      {bad.length > LISTED && <li class="hint">And {bad.length - LISTED} more entries with problems.</li>}
    </ul>
  );
}

function BadEntry({ entry, goTo }: { entry: Judged; goTo: GoTo }) {
  return (
    <li>
      <p class="bad-entry-head">
        <strong>{entry.place}</strong> {entry.name !== "" && <span class="mono">{entry.name}</span>}
      </p>
      <ul class="problems">
        {entry.problems.map((problem) => {
          const line = entry.lines.get(problem.field) ?? entry.lines.get("") ?? 1;
          return (
            <li key={problem.field + problem.code + problem.message}>
              {problem.field !== "" && <code>{problem.field}</code>} {problem.message}{" "}
              <GoToLine line={line} goTo={goTo} />
            </li>
          );
        })}
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
