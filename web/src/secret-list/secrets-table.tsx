// The list of secrets as a table, with a column to choose several.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { RowSpacer } from "../components/row-spacer";
import { useVirtualRows } from "../components/virtual-rows";
import { params, replaceParams } from "../route";
import * as list from "./list-state";
import { heightOfRow, isStacked } from "./row-layout";
import { type RowAction, SecretRow } from "./secret-row";
import * as selection from "./selection";

// Milliseconds without scrolling before the address says where the list is: browsers limit how often it may change.
const ADDRESS_DELAY_MS = 250;
// Rows before the end at which the next page is asked for.
const AHEAD = 40;

interface TableProps {
  secrets: readonly Secret[];
  act: (wanted: RowAction, secret: Secret) => void;
}

export function SecretsTable({ secrets, act }: TableProps) {
  const rows = useVirtualRows(secrets, heightOfRow);
  const { area, first, end, above, below, heightOf, width, top, scrollTo, stop, setStop, move } = rows;
  /** The row chosen last, where a choice with Shift begins. */
  const from = useRef(0);
  const stacked = isStacked(width);

  useRestoredPlace(secrets, width, top, scrollTo);

  useEffect(() => {
    // What failed is tried again by a button, not by every turn of a wheel.
    const near = end + AHEAD >= secrets.length && end < secrets.length + AHEAD;
    if (top > 0 && near && list.paging.phase !== "failed") void list.loadMore();
  }, [top, end, secrets.length]);

  function choose(index: number, chosen: boolean, many: boolean) {
    const [low, high] = many ? [Math.min(from.current, index), Math.max(from.current, index)] : [index, index];
    selection.choose(secrets.slice(low, high + 1), chosen);
    from.current = index;
  }

  return (
    <div class={stacked ? "table-area stacked" : "table-area"} ref={area} onKeyDown={move}>
      <table class="secrets list" aria-label="Secrets of the project" aria-rowcount={secrets.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" class="choose">
              <ChooseAll secrets={secrets} />
            </th>
            <th scope="col">Name</th>
            {!stacked && (
              <>
                <th scope="col" class="state">
                  State
                </th>
                <th scope="col" class="tags">
                  Tags
                </th>
                <th scope="col" class="used">
                  Last read
                </th>
              </>
            )}
            <th scope="col" class="acts">
              <span class="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          <RowSpacer columns={stacked ? 3 : 6} height={above} />
          {secrets.slice(first, end).map((secret, offset) => (
            <SecretRow
              key={secret.id}
              secret={secret}
              index={first + offset}
              height={heightOf(first + offset)}
              stacked={stacked}
              stop={first + offset === stop}
              chosen={selection.selected.value.has(secret.name)}
              choose={choose}
              act={act}
              onFocus={() => setStop(first + offset)}
            />
          ))}
          <RowSpacer columns={stacked ? 3 : 6} height={below} />
        </tbody>
      </table>
      {secrets.length === 0 && list.settled.value && <p class="empty">No secret matches the search.</p>}
    </div>
  );
}

/** Keeps the place in the list in the address, and goes back to it. */
function useRestoredPlace(
  secrets: readonly Secret[],
  width: number,
  top: number,
  scrollTo: (row: number) => void,
): void {
  const restored = useRef(false);
  const wanted = Number(params.peek().get("row") ?? 0);

  useLayoutEffect(() => {
    if (restored.current || width === 0 || secrets.length <= wanted) return;
    restored.current = true;
    if (wanted > 0) scrollTo(wanted);
  }, [secrets.length, width]);

  useEffect(() => {
    if (!restored.current) return;
    const timer = setTimeout(() => replaceParams({ row: top === 0 ? "" : String(top) }), ADDRESS_DELAY_MS);
    return () => clearTimeout(timer);
  }, [top]);
}

function ChooseAll({ secrets }: { secrets: readonly Secret[] }) {
  const chosen = selection.inList.value;
  const all = chosen > 0 && chosen === secrets.length;
  return (
    <input
      type="checkbox"
      aria-label="Select all loaded"
      checked={all}
      indeterminate={chosen > 0 && !all}
      onChange={() => selection.choose(secrets, !all)}
    />
  );
}
