// The value of an entry that is about to be imported, shown when somebody asks for it and nowhere before.

import { useState } from "preact/hooks";
import { Dialog } from "../components/dialog";
import type { ValidatedEntry } from "./state";

export function ShowValue({ entry, tabIndex }: { entry: ValidatedEntry | undefined; tabIndex: number }) {
  const [shown, setShown] = useState(false);
  if (entry === undefined) return null;
  return (
    <>
      <button class="link show-value" type="button" tabIndex={tabIndex} data-act="show" onClick={() => setShown(true)}>
        Show value<span class="unseen"> of {entry.name}</span>
      </button>
      {shown && <ValueDialog entry={entry} onClose={() => setShown(false)} />}
    </>
  );
}

function ValueDialog({ entry, onClose }: { entry: ValidatedEntry; onClose: () => void }) {
  const { secret_string, secret_binary } = entry.entry as { secret_string?: unknown; secret_binary?: unknown };
  const text = typeof secret_string === "string" ? secret_string : secret_binary;
  return (
    <Dialog title={`Value of ${entry.name}`} onClose={onClose}>
      <p class="hint">{typeof secret_string === "string" ? "Text" : "Binary, as Base64"}, as it would be stored.</p>
      <pre class="revealed mono" role="region" tabIndex={0} aria-label="Value of the entry">
        {typeof text === "string" ? text : ""}
      </pre>
      <div class="actions">
        <button class="button" type="button" onClick={onClose}>
          Hide
        </button>
      </div>
    </Dialog>
  );
}
