// What became of each entry, and how to go on with those that were refused.

import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../parts/icons";
import { type Outcome, type Report, report as shownReport } from "./send";
import * as state from "./state";

export function Outcomes({ report }: { report: Report }) {
  const title = useRef<HTMLHeadingElement>(null);
  const stored = report.outcomes.filter((outcome) => outcome.problems.length === 0);
  const refused = report.outcomes.filter((outcome) => outcome.problems.length > 0);
  const left = refused.length + report.unsent;

  useEffect(() => title.current?.focus(), []);

  function goOn() {
    shownReport.value = undefined;
  }

  return (
    <section class="card outcomes" aria-labelledby="outcome-title">
      <h2 id="outcome-title" tabIndex={-1} ref={title}>
        {stored.length} stored, {refused.length} refused
      </h2>
      {report.unsent > 0 && <p>{report.unsent} with problems were not sent.</p>}
      {refused.length > 0 && <Refusals outcomes={refused} />}
      {stored.length > 0 && <Stored outcomes={stored} open={refused.length === 0} />}
      <div class="actions start">
        {left > 0 ? (
          <>
            <button class="button primary" type="button" onClick={goOn}>
              Repair the {left} left
            </button>
            <button
              class="button"
              type="button"
              onClick={() => {
                state.forget();
                goOn();
              }}
            >
              {left === 1 ? "Drop it" : "Drop them"}
            </button>
          </>
        ) : (
          <button class="button primary" type="button" onClick={goOn}>
            Import more
          </button>
        )}
        <a class="button" href="#/secrets">
          See the secrets
        </a>
      </div>
    </section>
  );
}

function Refusals({ outcomes }: { outcomes: readonly Outcome[] }) {
  return (
    <ul class="bad-entries" aria-label="Refused entries">
      {outcomes.map((outcome) => (
        <li key={outcome.place}>
          <p class="bad-entry-head">
            <span class="badge bad">Refused</span> <strong>{outcome.place}</strong>{" "}
            <span class="mono">{outcome.name}</span>
          </p>
          <ul class="problems">
            {outcome.problems.map((problem) => (
              <li key={problem.field + problem.code + problem.message}>
                {problem.field !== "" && <code>{problem.field}</code>} {problem.message}{" "}
                <span class="code">{problem.code}</span>
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

function Stored({ outcomes, open }: { outcomes: readonly Outcome[]; open: boolean }) {
  return (
    <details open={open}>
      <summary>Stored ({outcomes.length})</summary>
      <ul class="names" aria-label="Stored entries">
        {outcomes.map((outcome) => (
          <li key={outcome.place}>
            <Icon name="check" />
            <span class="mono">{outcome.name}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
