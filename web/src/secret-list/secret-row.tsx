// One secret in the list, and what can be done with it there.

import type { Secret, Tag } from "../../generated/strongroom/v1/secrets_pb";
import { MenuButton, type MenuItem } from "../components/menu";
import { Name } from "../components/name";
import { showDate, showDistance, showMoment } from "../dates";
import { secretAddress } from "../route";
import { STATES, TYPES } from "./labels";
import { isPendingDeletion } from "./list-state";

export type RowAction = "schedule" | "cancel" | "delete" | "copy-name" | "copy-value";

const LABELS: Record<RowAction, string> = {
  "copy-name": "Copy name",
  "copy-value": "Copy value",
  schedule: "Schedule deletion…",
  cancel: "Cancel deletion",
  delete: "Delete permanently…",
};

interface RowProps {
  secret: Secret;
  /** Place in the list, from 0. */
  index: number;
  height: number;
  /** One below the other, where there is no room for columns. */
  stacked: boolean;
  /** Whether the Tab key stops here. */
  stop: boolean;
  chosen: boolean;
  /** `many` for all rows since the one chosen before. */
  choose: (index: number, chosen: boolean, many: boolean) => void;
  act: (wanted: RowAction, secret: Secret) => void;
  onFocus: () => void;
}

export function SecretRow({ secret, index, height, stacked, stop, chosen, choose, act, onFocus }: RowProps) {
  const tabIndex = stop ? 0 : -1;
  const items: MenuItem[] = actionsOf(secret).map((wanted) => ({
    label: LABELS[wanted],
    danger: wanted === "delete",
    run: () => act(wanted, secret),
  }));
  return (
    // The row of the headings is the first.
    <tr
      aria-rowindex={index + 2}
      onFocusIn={onFocus}
      class={chosen ? "chosen" : undefined}
      style={{ height: `${height}px` }}
    >
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
      <th scope="row" class="name" aria-label={secret.name}>
        <a href={secretAddress(secret.name)} tabIndex={tabIndex} data-act="open">
          <Name>{secret.name}</Name>
        </a>
        {secret.description !== "" && (
          <bdi class="row-description" title={secret.description}>
            {secret.description}
          </bdi>
        )}
        {stacked && (
          <span class="row-meta">
            <State secret={secret} />
            <Tags tags={secret.tags} shown={secret.scheduledDeleteTime === undefined ? 1 : 0} />
          </span>
        )}
      </th>
      {!stacked && (
        <>
          <td class="state">
            <State secret={secret} />
          </td>
          <td class="tags">
            <Tags tags={secret.tags} shown={2} />
          </td>
          <td class="used">
            <LastAccess secret={secret} />
          </td>
        </>
      )}
      <td class="acts">
        <MenuButton label={`Actions for ${secret.name}`} items={items} tabIndex={tabIndex} />
      </td>
    </tr>
  );
}

function actionsOf(secret: Secret): readonly RowAction[] {
  // Browsers offer the clipboard on trusted origins only.
  const copies = navigator.clipboard === undefined ? [] : (["copy-name", "copy-value"] as const);
  if (isPendingDeletion(secret)) return [...copies.slice(0, 1), "cancel"];
  return [...copies, "schedule", "delete"];
}

function State({ secret }: { secret: Secret }) {
  const { tone, word } = STATES[secret.state];
  const type = TYPES[secret.secretType];
  return (
    <>
      <span class={`badge ${tone}`}>{word}</span>
      {isPendingDeletion(secret) ? (
        <span class="due">
          <Due secret={secret} />
        </span>
      ) : (
        // Most secrets are of the common type, which says nothing about one of them.
        type !== "COMMON" && <span class="type">{type}</span>
      )}
    </>
  );
}

export function Due({ secret }: { secret: Secret }) {
  if (secret.scheduledDeleteTime === undefined) return <span class="never">–</span>;
  const due = Number(secret.scheduledDeleteTime);
  return (
    <span title={showMoment(due)}>
      {showDistance(due, Date.now())} <span class="date">({showDate(due)})</span>
    </span>
  );
}

function LastAccess({ secret }: { secret: Secret }) {
  if (secret.lastUsedTime === undefined) return <span class="never">Never</span>;
  const moment = Number(secret.lastUsedTime);
  return <span title={showMoment(moment)}>{showDate(moment)}</span>;
}

/** As many as fit; the others are on the secret's own screen. */
function Tags({ tags, shown }: { tags: readonly Tag[]; shown: number }) {
  if (tags.length === 0) return null;
  const words = tags.map(({ key, value }) => (value === "" ? key : `${key}=${value}`));
  return (
    <span class="row-tags" title={words.join("\n")}>
      {words.slice(0, shown).map((word) => (
        <span key={word} class="chip">
          <bdi class="chip-words">{word}</bdi>
        </span>
      ))}
      {words.length > shown && (
        <span class="more-tags">{shown === 0 ? `${words.length} tags` : `+${words.length - shown}`}</span>
      )}
    </span>
  );
}
