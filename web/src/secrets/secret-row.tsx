// One secret in the list, and what can be done with it.

import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { showDate, showDistance } from "../dates";
import { isWaiting } from "./loaded";
import type { Act } from "./secrets-screen";
import { STATES, TYPES } from "./words";

interface RowProps {
  secret: Secret;
  /** Place in the list, from 0. */
  index: number;
  /** Whether the Tab key stops here. */
  stop: boolean;
  act: (wanted: Act, secret: Secret) => void;
  onFocus: () => void;
}

export function SecretRow({ secret, index, stop, act, onFocus }: RowProps) {
  const state = STATES[secret.state];
  const waiting = isWaiting(secret);
  const acts: readonly Act[] = waiting ? ["show", "cancel"] : ["show", "schedule", "delete"];
  return (
    // The row of the headings is the first.
    <tr aria-rowindex={index + 2} onFocusIn={onFocus}>
      <th scope="row" class="name" title={secret.description || undefined}>
        {secret.name}
      </th>
      <td>
        <span class={`badge ${state.tone}`}>{state.word}</span>
        {/* Where the screen is too narrow for a column of its own. */}
        {waiting && (
          <span class="due-below">
            <Due secret={secret} />
          </span>
        )}
      </td>
      <td class="extra">{TYPES[secret.secretType]}</td>
      <td class="extra">{showDate(Number(secret.createTime))}</td>
      <td class="due">
        <Due secret={secret} />
      </td>
      <td class="acts">
        {acts.map((each) => (
          <button
            key={each}
            class={each === "delete" ? "button row-act danger-quiet" : "button row-act"}
            type="button"
            tabIndex={stop ? 0 : -1}
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

const LABELS: Record<Act, string> = {
  show: "Show",
  schedule: "Schedule deletion",
  cancel: "Cancel deletion",
  delete: "Delete now",
};

export function Due({ secret }: { secret: Secret }) {
  if (secret.scheduledDeleteTime === undefined) return <span class="never">–</span>;
  const due = Number(secret.scheduledDeleteTime);
  return (
    <>
      {showDistance(due, Date.now())} <span class="date">({showDate(due)})</span>
    </>
  );
}
