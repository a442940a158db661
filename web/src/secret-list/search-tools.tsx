// The search: a box that speaks the server's grammar, filters that write into it, and how many it has found.

import { Field } from "../components/field";
import { Icon } from "../components/icons";
import { showNumber } from "../numbers";
import * as tagOffers from "./known-tags";
import * as list from "./list-state";
import { SearchHelp } from "./search-help";
import { TagFilter } from "./tag-filter";
import { hasTerm, toggleTerm } from "./terms";

const FILTERS = [
  { term: "state:PENDING_DELETE", label: "Pending deletion" },
  { term: "used:never", label: "Never read" },
] as const;

export function SearchTools() {
  const query = list.query.value;
  return (
    <form
      class="tools"
      role="search"
      aria-label="Secrets"
      onSubmit={(event) => {
        event.preventDefault();
        void list.search();
      }}
    >
      <Field label="Search" class="search" problems={list.problems.value.map((problem) => problem.message)}>
        {(tied) => (
          <input
            {...tied}
            type="search"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            placeholder="web, name:web*, tag:env=prod …"
            value={query}
            onInput={(event) => list.setQuery(event.currentTarget.value)}
          />
        )}
      </Field>
      <TagFilter />
      <div class="filters" role="group" aria-label="Filters">
        {FILTERS.map(({ term, label }) => (
          <button
            key={term}
            class="button small"
            type="button"
            aria-pressed={hasTerm(query, term)}
            onClick={() => list.setQuery(toggleTerm(query, term))}
          >
            {label}
          </button>
        ))}
      </div>
      <p class="count" role="status">
        <Count />
      </p>
      <button class="button quiet" type="button" onClick={reload}>
        <Icon name="reload" />
        Reload
      </button>
      <SearchHelp />
    </form>
  );
}

function reload(): void {
  tagOffers.forget();
  list.reload();
}

function Count() {
  if (!list.known.value || list.loaded.value.length === 0) return null;
  const searched = list.answered.value.trim() !== "";
  return (
    <>
      {showNumber(list.loaded.value.length)} {searched ? "found" : "loaded"}
      {list.marker.value !== undefined && (list.loading.value ? "; looking for more" : "; there may be more")}
    </>
  );
}
