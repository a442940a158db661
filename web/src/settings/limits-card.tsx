// What the server takes, in numbers.

import { useEffect } from "preact/hooks";
import type { ShowLimitsResponse } from "../../generated/strongroom/v1/limits_pb";
import { allowed, loadLimits } from "../api/limits";
import { showNumber } from "../numbers";

const ROWS: readonly { name: string; most: (limits: ShowLimitsResponse) => number | bigint }[] = [
  { name: "Secrets in the project", most: (limits) => limits.secrets },
  { name: "Versions of a secret", most: (limits) => limits.versions },
  { name: "Stages of a secret", most: (limits) => limits.stages },
  { name: "Tags of a secret", most: (limits) => limits.tags },
  { name: "Keys in the project", most: (limits) => limits.keys },
  { name: "Value size in bytes, as sent", most: (limits) => limits.valueBytes },
  { name: "Entries in one import", most: (limits) => limits.importEntries },
  { name: "Values per read", most: (limits) => limits.batchGetNames },
  { name: "Items per page", most: (limits) => limits.pageItems },
  { name: "Request size in bytes", most: (limits) => limits.bodyBytes },
];

export function LimitsCard() {
  const limits = allowed.value;
  useEffect(() => void loadLimits(), []);

  return (
    <section class="card stack" aria-labelledby="limits-title">
      <h2 id="limits-title">Limits</h2>
      <p class="hint">The operator sets them at server start. The page checks them before it sends anything.</p>
      {limits === undefined ? (
        <p class="hint">The limits could not be loaded.</p>
      ) : (
        <>
          <p>
            The project has <strong>{showNumber(limits.secretsUsed)}</strong> of {showNumber(limits.secrets)} secrets.
          </p>
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col" class="number">
                  Most
                </th>
              </tr>
            </thead>
            <tbody>
              {ROWS.map(({ name, most }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td class="number">{showNumber(most(limits))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}
