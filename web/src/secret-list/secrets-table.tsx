// The list of secrets as a table, with a column to choose several.

import { useRef } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { RowSpacer } from "../components/row-spacer";
import { useVirtualRows } from "../components/virtual-rows";
import { type RowAction, SecretRow } from "./secret-row";
import * as selection from "./selection";

// Must equal the height of a row in secrets.css.
const ROW = 52;
const COLUMNS = 7;

interface TableProps {
  secrets: readonly Secret[];
  act: (wanted: RowAction, secret: Secret) => void;
}

export function SecretsTable({ secrets, act }: TableProps) {
  const { area, first, end, above, below, stop, setStop, move } = useVirtualRows(secrets, heightOfRow);
  /** The row chosen last, where a choice with Shift begins. */
  const from = useRef(0);

  function choose(index: number, chosen: boolean, many: boolean) {
    const [low, high] = many ? [Math.min(from.current, index), Math.max(from.current, index)] : [index, index];
    selection.choose(secrets.slice(low, high + 1), chosen);
    from.current = index;
  }

  return (
    <div class="table-area" ref={area} onKeyDown={move}>
      <table class="secrets" aria-label="Secrets of the project" aria-rowcount={secrets.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" class="choose">
              <ChooseAll secrets={secrets} />
            </th>
            <th scope="col">Name</th>
            <th scope="col">State</th>
            <th scope="col" class="extra">
              Type
            </th>
            <th scope="col" class="tags">
              Tags
            </th>
            <th scope="col" class="used">
              Last read
            </th>
            <th scope="col" class="acts">
              Actions
            </th>
          </tr>
        </thead>
        <tbody>
          <RowSpacer columns={COLUMNS} height={above} />
          {secrets.slice(first, end).map((secret, offset) => (
            <SecretRow
              key={secret.id}
              secret={secret}
              index={first + offset}
              stop={first + offset === stop}
              chosen={selection.selected.value.has(secret.name)}
              choose={choose}
              act={act}
              onFocus={() => setStop(first + offset)}
            />
          ))}
          <RowSpacer columns={COLUMNS} height={below} />
        </tbody>
      </table>
      {secrets.length === 0 && <p class="empty">No secret matches the search.</p>}
    </div>
  );
}

function heightOfRow(): number {
  return ROW;
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
