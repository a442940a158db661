// Choosing a tag to search by, from those the project's secrets have.

import { Field } from "../components/field";
import { offers, want } from "./known-tags";
import * as list from "./list-state";
import { hasTerm, termsOf } from "./terms";

export function TagFilter() {
  const known = offers.value;
  const query = list.query.value;
  const chosen = known?.find((offer) => hasTerm(query, offer.term))?.term ?? "";

  function choose(term: string) {
    const others = termsOf(query).filter((there) => there !== chosen);
    list.setQuery((term === "" ? others : [...others, term]).join(" "));
  }

  return (
    <Field label="Tag" class="tag-filter bare">
      {(tied) => (
        <select
          {...tied}
          value={chosen}
          // Before it is opened, by whatever means. Not every browser gives the focus to what is pressed.
          onFocus={() => void want()}
          onPointerDown={() => void want()}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">Any tag</option>
          {known?.map(({ term, words }) => (
            <option key={term} value={term}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
