// One secret in the list, and what can be done with it there.

import type { Secret, Tag } from "../../generated/strongroom/v1/secrets_pb";
import { showDate, showDistance, showMoment } from "../dates";
import { secretAddress } from "../route";
import { STATES, TYPES } from "./labels";
import { isPendingDeletion } from "./list-state";

export type RowAction = "schedule" | "cancel" | "delete";

const LABELS: Record<RowAction, string> = {
  schedule: "Schedule deletion",
  cancel: "Cancel deletion",
  delete: "Delete now",
};

interface RowProps {
  secret: Secret;
  /** Place in the list, from 0. */
  index: number;
  /** Whether the Tab key stops here. */
  stop: boolean;
  chosen: boolean;
  /** `many` for all rows since the one chosen before. */
  choose: (index: number, chosen: boolean, many: boolean) => void;
  act: (wanted: RowAction, secret: Secret) => void;
  onFocus: () => void;
}

export function SecretRow({ secret, index, stop, chosen, choose, act, onFocus }: RowProps) {
  const state = STATES[secret.state];
  const waiting = isPendingDeletion(secret);
  const acts: readonly RowAction[] = waiting ? ["cancel"] : ["schedule", "delete"];
  const tabIndex = stop ? 0 : -1;
  return (
    // The row of the headings is the first.
    <tr aria-rowindex={index + 2} onFocusIn={onFocus} class={chosen ? "chosen" : undefined}>
      <td class="choose">
        <input
          type="checkbox"
          tabIndex={tabIndex}
          data-act="choose"
          aria-label={`Choose ${secret.name}`}
          checked={chosen}
          onClick={(event) => choose(index, event.currentTarget.checked, event.shiftKey)}
        />
      </td>
      <th scope="row" class="name" title={secret.description || undefined}>
        <a href={secretAddress(secret.name)} tabIndex={tabIndex} data-act="open">
          {secret.name}
        </a>
      </th>
      <td>
        <span class={`badge ${state.tone}`}>{state.word}</span>
        {waiting && (
          <span class="due">
            <Due secret={secret} />
          </span>
        )}
      </td>
      <td class="extra">{TYPES[secret.secretType]}</td>
      <td class="tags">
        <Tags tags={secret.tags} />
      </td>
      <td class="used">
        <Used secret={secret} />
      </td>
      <td class="acts">
        {acts.map((each) => (
          <button
            key={each}
            class={each === "delete" ? "button row-act danger-quiet" : "button row-act"}
            type="button"
            tabIndex={tabIndex}
            data-act={each}
            aria-label={`${LABELS[each]}: ${secret.name}`}
            onClick={() => act(each, secret)}
          >
            {LABELS[each]}
          </button>
        ))}
      </td>
    </tr>
  );
}

export function Due({ secret }: { secret: Secret }) {
  if (secret.scheduledDeleteTime === undefined) return <span class="never">–</span>;
  const due = Number(secret.scheduledDeleteTime);
  return (
    <>
      {showDistance(due, Date.now())} <span class="date">({showDate(due)})</span>
    </>
  );
}

function Used({ secret }: { secret: Secret }) {
  if (secret.lastUsedTime === undefined) return <span class="never">Never</span>;
  const moment = Number(secret.lastUsedTime);
  return <span title={showMoment(moment)}>{showDate(moment)}</span>;
}

// As many as fit in the column; the others are on the secret's own screen.
const SHOWN_TAGS = 2;

function Tags({ tags }: { tags: readonly Tag[] }) {
  if (tags.length === 0) return null;
  const words = tags.map(({ key, value }) => (value === "" ? key : `${key}=${value}`));
  return (
    <span class="row-tags" title={words.join(", ")}>
      {words.slice(0, SHOWN_TAGS).map((word) => (
        <span key={word} class="chip">
          <span class="chip-words">{word}</span>
        </span>
      ))}
      {words.length > SHOWN_TAGS && <span class="hint">+{words.length - SHOWN_TAGS}</span>}
    </span>
  );
}
