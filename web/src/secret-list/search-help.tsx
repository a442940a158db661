// How to search, by example.

const EXAMPLES: readonly { written: string; means: string }[] = [
  { written: "web shop", means: "both texts, in the name or the description" },
  { written: "name:web-*", means: "names that begin with web-" },
  { written: "tag:env=prod", means: "tagged env with the value prod; tag:env for any value" },
  { written: "state:PENDING_DELETE", means: "pending deletion" },
  { written: "type:RDS-FG", means: "of this type" },
  { written: "due<2026-12-31", means: "deleted before that day; also <=, > and >=" },
  { written: "used<2026-01-01", means: "last read before that day; used:never for not at all" },
  { written: 'tag:"cost center"', means: "double quotes hold spaces together" },
  { written: "-tag:team", means: "a minus before a term: it must not hold" },
];

export function SearchHelp() {
  return (
    <details class="search-help">
      <summary>How to search</summary>
      <p class="hint">Terms between spaces; a secret is found when all of them hold. Days are in UTC.</p>
      <dl class="examples">
        {EXAMPLES.map(({ written, means }) => (
          <div key={written}>
            <dt>
              <code>{written}</code>
            </dt>
            <dd>{means}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
