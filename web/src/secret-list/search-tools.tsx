// The search: a box that speaks the server's grammar, filters that write into it, and how many it has found.

import { useState } from "preact/hooks";
import { Field } from "../components/field";
import { Icon } from "../components/icons";
import { showNumber } from "../numbers";
import * as knownTags from "./known-tags";
import * as list from "./list-state";
import { SearchHelp } from "./search-help";
import { TagFilter } from "./tag-filter";
import { hasTerm, toggleTerm } from "./terms";

const FILTERS = [
  { term: "state:PENDING_DELETE", label: "Pending deletion" },
  { term: "used:never", label: "Never read" },
] as const;

export function SearchTools() {
  const [open, setOpen] = useState(false);
  const query = list.query.value;
  return (
    <form
      class={open ? "tools open" : "tools"}
      role="search"
      aria-label="Secrets"
      onSubmit={(event) => {
        event.preventDefault();
        void list.search();
      }}
    >
      <Field label="Search" class="search bare" problems={list.problems.value.map((problem) => problem.message)}>
        {(tied) => (
          <input
            {...tied}
            type="search"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            placeholder="Search: web, name:web*, tag:env=prod"
            value={query}
            onInput={(event) => list.setQuery(event.currentTarget.value)}
          />
        )}
      </Field>
      <button
        class="button filters-toggle"
        type="button"
        aria-expanded={open}
        aria-controls="list-filters"
        onClick={() => setOpen(!open)}
      >
        Filters
      </button>
      <div class="list-filters" id="list-filters">
        <TagFilter />
        <div class="filters" role="group" aria-label="Filters">
          {FILTERS.map(({ term, label }) => (
            <button
              key={term}
              class="button"
              type="button"
              aria-pressed={hasTerm(query, term)}
              onClick={() => list.setQuery(toggleTerm(query, term))}
            >
              {label}
            </button>
          ))}
        </div>
        <SearchHelp />
      </div>
      <div class="list-status">
        <p class="count" role="status">
          <Count />
        </p>
        <button class="button quiet small" type="button" onClick={reload}>
          <Icon name="reload" />
          Reload
        </button>
      </div>
    </form>
  );
}

function reload(): void {
  knownTags.forget();
  void list.refresh();
}

function Count() {
  if (list.loaded.value.length === 0 || list.answered.value === undefined) return null;
  const searched = list.answered.value.trim() !== "";
  return (
    <>
      {showNumber(list.loaded.value.length)} {searched ? "found" : "loaded"}
      {list.marker.value !== undefined && (list.paging.busy ? "; looking for more" : "; there may be more")}
    </>
  );
}
