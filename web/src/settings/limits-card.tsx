// What the server takes, in numbers.

import { useEffect } from "preact/hooks";
import type { ShowLimitsResponse } from "../../generated/strongroom/v1/limits_pb";
import { showNumber } from "../numbers";
import { allowed, loadLimits } from "../server/limits";

const ROWS: readonly { name: string; most: (limits: ShowLimitsResponse) => number | bigint }[] = [
  { name: "Secrets in the project", most: (limits) => limits.secrets },
  { name: "Versions of a secret", most: (limits) => limits.versions },
  { name: "Stages of a secret", most: (limits) => limits.stages },
  { name: "Tags of a secret", most: (limits) => limits.tags },
  { name: "Keys in the project", most: (limits) => limits.keys },
  { name: "Bytes of a value, as it is sent", most: (limits) => limits.valueBytes },
  { name: "Entries in one import", most: (limits) => limits.importEntries },
  { name: "Values read at once", most: (limits) => limits.batchGetNames },
  { name: "Items on a page", most: (limits) => limits.pageItems },
  { name: "Bytes of a request", most: (limits) => limits.bodyBytes },
];

export function LimitsCard() {
  const limits = allowed.value;
  useEffect(() => void loadLimits(), []);

  return (
    <section class="card stack" aria-labelledby="limits-title">
      <h2 id="limits-title">Limits</h2>
      <p class="hint">They are set where the server is started, and checked here before anything is sent.</p>
      {limits === undefined ? (
        <p class="hint">The server has not told its limits.</p>
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
