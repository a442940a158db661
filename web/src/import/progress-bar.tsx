// How far an import in parts is.

import { showNumber } from "../numbers";
import { progress } from "./send";

export function ProgressBar() {
  const known = progress.value;
  if (known === undefined) return null;
  const { done, total } = known;
  return (
    <div class="progress">
      <progress value={done} max={total} aria-label="Entries that are done" />
      <p class="hint">
        {showNumber(done)} of {showNumber(total)}
      </p>
    </div>
  );
}
