// What holds for the whole project or server: the check of values, the root key, the limits.

import { CheckerCard } from "./checker-card";
import { LimitsCard } from "./limits-card";
import { RootKeyCard } from "./root-key-card";

export function SettingsScreen() {
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Settings</h1>
      </div>
      <div class="columns">
        <div class="stack">
          <CheckerCard />
          <RootKeyCard />
        </div>
        <LimitsCard />
      </div>
    </>
  );
}
