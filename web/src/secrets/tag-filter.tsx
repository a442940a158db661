// Choosing a tag to search by, from those the project's secrets have.

import { useEffect, useState } from "preact/hooks";
import { Field } from "../parts/field";
import { tags as server } from "../server/client";
import * as list from "./loaded";
import { hasTerm, tagTerm, termsOf } from "./terms";

// More than anybody looks through in a list; the rest can be typed.
const OFFERED = 300;

interface Offer {
  term: string;
  words: string;
}

export function TagFilter() {
  const [offers, setOffers] = useState<readonly Offer[]>([]);

  useEffect(() => {
    server.listProjectSecretsTags({}).then(
      (answer) =>
        setOffers(
          answer.tags
            .flatMap(({ key, values }) => [
              { term: tagTerm(key), words: key },
              ...values.map((value) => ({ term: tagTerm(key, value), words: `${key} = ${value}` })),
            ])
            .slice(0, OFFERED),
        ),
      // Searching works without the list, and says itself what is wrong.
      () => setOffers([]),
    );
  }, []);

  if (offers.length === 0) return null;
  const query = list.query.value;
  const chosen = offers.find((offer) => hasTerm(query, offer.term))?.term ?? "";

  function choose(term: string) {
    const others = termsOf(query).filter((there) => there !== chosen);
    list.setQuery((term === "" ? others : [...others, term]).join(" "));
  }

  return (
    <Field label="Tag" class="tag-filter">
      {(tied) => (
        <select {...tied} value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="">Any</option>
          {offers.map(({ term, words }) => (
            <option key={term} value={term}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
