// What the server takes, in numbers.

import { useEffect } from "preact/hooks";
import type { ShowLimitsResponse } from "../../generated/strongroom/v1/limits_pb";
import { allowed, loadLimits, reading } from "../api/limits";
import { RequestStatus } from "../components/request-status";
import { showNumber } from "../numbers";

const ROWS: readonly { name: string; maximum: (limits: ShowLimitsResponse) => number | bigint }[] = [
  { name: "Secrets in the project", maximum: (limits) => limits.secrets },
  { name: "Versions of a secret", maximum: (limits) => limits.versions },
  { name: "Stages of a secret", maximum: (limits) => limits.stages },
  { name: "Tags of a secret", maximum: (limits) => limits.tags },
  { name: "Keys in the project", maximum: (limits) => limits.keys },
  { name: "Value size in bytes, as sent", maximum: (limits) => limits.valueBytes },
  { name: "Entries in one import", maximum: (limits) => limits.importEntries },
  { name: "Values per read", maximum: (limits) => limits.batchGetNames },
  { name: "Items per page", maximum: (limits) => limits.pageItems },
  { name: "Request size in bytes", maximum: (limits) => limits.bodyBytes },
];

export function LimitsCard() {
  const limits = allowed.value;
  useEffect(() => void loadLimits(), []);

  return (
    <section class="card stack" aria-labelledby="limits-title">
      <h2 id="limits-title">Limits</h2>
      <p class="hint">The operator sets them at server start. The page checks them before it sends anything.</p>
      <RequestStatus request={reading} what="limits" shown={limits !== undefined} />
      {limits !== undefined && (
        <>
          <p>
            The project has <strong>{showNumber(limits.secretsUsed)}</strong> of {showNumber(limits.secrets)} secrets.
          </p>
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">Limit</th>
                <th scope="col" class="number">
                  Maximum
                </th>
              </tr>
            </thead>
            <tbody>
              {ROWS.map(({ name, maximum }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td class="number">{showNumber(maximum(limits))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}
