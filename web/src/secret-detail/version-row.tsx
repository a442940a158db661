// One version in the table.

import type { VersionMetadata } from "../../generated/strongroom/v1/versions_pb";
import { Icon } from "../components/icons";
import { MenuButton } from "../components/menu";
import { showMoment } from "../dates";
import { CURRENT, isBuiltIn } from "./stages";

export type VersionAction = "value" | "expiry" | "stage" | "current";

const LABELS: Record<VersionAction, string> = {
  value: "Show value",
  expiry: "Set expiry…",
  stage: "Add a stage…",
  current: "Make current…",
};

interface RowProps {
  version: VersionMetadata;
  /** The secret is pending deletion: nothing can be done. */
  fixed: boolean;
  act: (wanted: VersionAction) => void;
  removeStage: (stage: string) => void;
}

export function VersionRow({ version, fixed, act, removeStage }: RowProps) {
  const current = version.versionStages.includes(CURRENT);
  const acts: readonly VersionAction[] = current
    ? ["value", "expiry", "stage"]
    : ["value", "expiry", "stage", "current"];
  return (
    <tr>
      <th scope="row" class="mono">
        {version.id}
      </th>
      <td>{showMoment(Number(version.createTime))}</td>
      <td>
        <Expiry version={version} />
      </td>
      <td>
        <ul class="chips">
          {version.versionStages.map((stage) => (
            <li key={stage} class={stage === CURRENT ? "chip current" : "chip"}>
              <span class="chip-words">{stage}</span>
              {!fixed && !isBuiltIn(stage) && (
                <button
                  class="chip-act"
                  type="button"
                  aria-label={`Remove stage ${stage}`}
                  onClick={() => removeStage(stage)}
                >
                  <Icon name="cross" />
                </button>
              )}
            </li>
          ))}
        </ul>
      </td>
      <td class="mono">{version.kmsKeyId}</td>
      {!fixed && (
        <td class="acts">
          <MenuButton
            label={`Actions for ${version.id}`}
            items={acts.map((each) => ({ label: LABELS[each], run: () => act(each) }))}
          />
        </td>
      )}
    </tr>
  );
}

function Expiry({ version }: { version: VersionMetadata }) {
  if (version.expireTime === undefined) return <span class="never">Never</span>;
  const moment = Number(version.expireTime);
  return (
    <>
      {showMoment(moment)} {moment <= Date.now() && <span class="badge bad">Expired</span>}
    </>
  );
}
