// Entries typed in by hand, one card each.

import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../components/icons";
import { EntryCard } from "./entry-card";
import * as state from "./state";

export function ByHand() {
  const cards = useRef<HTMLOListElement>(null);
  const count = state.drafts.value.length;
  const before = useRef(count);

  useEffect(() => {
    // A card that was added is where one wants to type next.
    if (count > before.current) cards.current?.lastElementChild?.querySelector("input")?.focus();
    before.current = count;
  }, [count]);

  function remove(key: number, index: number) {
    state.removeDraft(key);
    // The button is gone with its card; go on at the neighbour.
    setTimeout(() => {
      const neighbour = cards.current?.children[Math.min(index, state.drafts.value.length - 1)];
      neighbour?.querySelector("input")?.focus();
    });
  }

  return (
    <>
      <ol class="cards" ref={cards}>
        {state.drafts.value.map((draft, index) => (
          <EntryCard key={draft.key} draft={draft} index={index} onRemove={() => remove(draft.key, index)} />
        ))}
      </ol>
      <button class="button" type="button" onClick={state.addDraft}>
        <Icon name="plus" />
        Add an entry
      </button>
    </>
  );
}
