// What became of each entry of a batch, or would become: to be filtered by action, and only drawn where it is in sight.

import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Action, type Outcome } from "../../generated/strongroom/v1/batches_pb";
import { linesOfName, Name } from "../components/name";
import { RowSpacer } from "../components/row-spacer";
import { useVirtualRows } from "../components/virtual-rows";
import { showNumber } from "../numbers";
import { secretAddress } from "../route";
import { ACTIONS, actionWord, countActions, isChange } from "./labels";

// All of this must equal batches.css: a row with and without words, a line of them, and what is not left to them.
const ROW = 52;
const HEAD = 42;
const LINE = 20;
const WORDS_SHARE = 0.56;
const PADDING = 32;
// Pixels of a letter of that size, rather too many: a line too much is room, a line too few is cut off.
const LETTER = 7.4;
// The same of a name, and what its place and the room around take.
const NAME_LETTER = 9;
const NAME_LINE = 21;
const BESIDE_NAME = 27;
// Below this width everything stands one below the other, a control in a line of its own: the padding at the sides, and
// the place, the badge and the room around them.
const NARROW = 500;
const STACKED_PADDING = 24;
const STACKED_REST = 64;
const CONTROL = 24;

interface TableProps {
  label: string;
  outcomes: readonly Outcome[];
  /** Whether it has been done, or would be. */
  done: boolean;
  /** Where the entry came from, when that is more than its name. */
  placeOf?: (outcome: Outcome) => string;
  /** A control for one entry; it carries the given Tab stop and a `data-act`. */
  control?: (outcome: Outcome, tabIndex: number) => ComponentChildren;
}

export function OutcomesTable({ label, outcomes, done, placeOf, control }: TableProps) {
  const [only, setOnly] = useState<Action>();
  const counts = useMemo(() => countActions(outcomes), [outcomes]);
  const filter = only !== undefined && counts.has(only) ? only : undefined;
  const shown = useMemo(
    () => (filter === undefined ? outcomes : outcomes.filter((outcome) => outcome.action === filter)),
    [outcomes, filter],
  );
  const rows = useVirtualRows(shown, control === undefined ? heightOfRow : heightWithControl);
  const { area, first, end, above, below, heightOf, stop, setStop, move } = rows;

  return (
    <div class="outcomes-table">
      {counts.size > 1 && (
        <div class="filters" role="group" aria-label="Show only">
          <Filter
            words={`All ${showNumber(outcomes.length)}`}
            on={filter === undefined}
            pick={() => setOnly(undefined)}
          />
          {[...counts].map(([action, count]) => (
            <Filter
              key={action}
              words={`${actionWord(action, done)} ${showNumber(count)}`}
              on={filter === action}
              pick={() => setOnly(action)}
            />
          ))}
        </div>
      )}
      <div class="table-area" ref={area} onKeyDown={move} role="region" aria-label={label} tabIndex={0}>
        <table class="secrets outcomes" aria-label={label} aria-rowcount={shown.length + 1}>
          <thead>
            <tr aria-rowindex={1}>
              <th scope="col">Name</th>
              <th scope="col" class="what">
                {done ? "What was done" : "What would be done"}
              </th>
            </tr>
          </thead>
          <tbody>
            <RowSpacer columns={2} height={above} />
            {shown.slice(first, end).map((outcome, offset) => (
              <Row
                key={outcome.index}
                outcome={outcome}
                done={done}
                index={first + offset}
                height={heightOf(first + offset)}
                place={placeOf?.(outcome) ?? placeIn(outcome)}
                control={control?.(outcome, first + offset === stop ? 0 : -1)}
                tabIndex={first + offset === stop ? 0 : -1}
                onFocus={() => setStop(first + offset)}
              />
            ))}
            <RowSpacer columns={2} height={below} />
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Filter({ words, on, pick }: { words: string; on: boolean; pick: () => void }) {
  return (
    <button class="button small" type="button" aria-pressed={on} onClick={pick}>
      {words}
    </button>
  );
}

interface RowProps {
  outcome: Outcome;
  done: boolean;
  index: number;
  height: number;
  place: string;
  control: ComponentChildren;
  tabIndex: number;
  onFocus: () => void;
}

function Row({ outcome, done, index, height, place, control, tabIndex, onFocus }: RowProps) {
  const words = wordsOf(outcome);
  return (
    // The row of the headings is the first.
    <tr aria-rowindex={index + 2} style={{ height: `${height}px` }} onFocusIn={onFocus}>
      <th scope="row" class="name" title={outcome.name}>
        {done && isThere(outcome) ? (
          <a href={secretAddress(outcome.name)} tabIndex={tabIndex} data-act="open">
            <Name>{outcome.name}</Name>
          </a>
        ) : (
          <UnknownName name={outcome.name} />
        )}
        {place !== "" && <span class="due">{place}</span>}
      </th>
      <td class="what">
        <span class={`badge ${ACTIONS[outcome.action].tone}`}>{actionWord(outcome.action, done)}</span>
        {outcome.versionId !== "" && <span class="mono version">{outcome.versionId}</span>}
        {outcome.errorCode !== "" && <span class="code">{outcome.errorCode}</span>}
        {control}
        {words.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </td>
    </tr>
  );
}

function UnknownName({ name }: { name: string }) {
  return name === "" ? <span class="never">no name</span> : <Name>{name}</Name>;
}

/** Whether there is a secret of this name to be looked at. */
function isThere({ action, name, reason }: Outcome): boolean {
  if (name === "" || action === Action.DELETED || action === Action.UNDONE || action === Action.WITHHELD) return false;
  return action !== Action.REJECTED || reason === "TAKEN" || reason === "WAITING";
}

function placeIn({ line }: Outcome): string {
  return line > 0 ? `line ${line}` : "";
}

/** Everything there is to read about an outcome, sentence by sentence. */
function wordsOf({ problems, message, nextStep }: Outcome): string[] {
  if (problems.length > 1) return problems.map((problem) => `${problem.field}: ${problem.message}`);
  return [message, nextStep].filter((sentence) => sentence !== "");
}

function heightOfRow(outcome: Outcome, width: number): number {
  const words = wordsOf(outcome);
  if (width < NARROW) {
    const room = width - STACKED_PADDING;
    const names = linesOfName(outcome.name, Math.max(10, Math.floor(room / NAME_LETTER))) * NAME_LINE;
    return STACKED_REST + names + words.reduce((sum, sentence) => sum + linesOf(sentence, room, LETTER), 0) * LINE;
  }
  const perLine = Math.max(10, Math.floor((width * (1 - WORDS_SHARE) - PADDING) / NAME_LETTER));
  const named = BESIDE_NAME + linesOfName(outcome.name, perLine) * NAME_LINE;
  if (words.length === 0) return Math.max(ROW, named);
  const lines = words.reduce((sum, sentence) => sum + linesOf(sentence, width * WORDS_SHARE - PADDING, LETTER), 0);
  return Math.max(HEAD + lines * LINE, named);
}

function heightWithControl(outcome: Outcome, width: number): number {
  return heightOfRow(outcome, width) + (width < NARROW ? CONTROL : 0);
}

function linesOf(text: string, width: number, letter: number): number {
  return Math.ceil(text.length / Math.max(10, Math.floor(width / letter)));
}

/** Outcomes that changed something, or would. */
export function changes(outcomes: readonly Outcome[]): readonly Outcome[] {
  return outcomes.filter(isChange);
}
