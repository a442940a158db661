// A new access key with its secret key, which nobody can see again.

import { useState } from "preact/hooks";
import type { CreatedAccessKey } from "../../generated/strongroom/v1/iam_pb";
import { Dialog } from "../components/dialog";

export function CreatedKeyDialog({ made, onClose }: { made: CreatedAccessKey; onClose: () => void }) {
  return (
    <Dialog title="Access key created" onClose={onClose}>
      <p>
        <strong>The secret key is shown only once.</strong> Keep it where the program finds it, before you close this.
      </p>
      <Copyable label="Access key" text={made.access} />
      <Copyable label="Secret key" text={made.secret} />
      <div class="actions">
        <button class="button primary" type="button" onClick={onClose}>
          I have saved it
        </button>
      </div>
    </Dialog>
  );
}

function Copyable({ label, text }: { label: string; text: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <div class="copyable">
      <p class="copyable-label">{label}</p>
      <pre class="revealed" role="region" tabIndex={0} aria-label={label}>
        {text}
      </pre>
      {/* Browsers offer the clipboard on trusted origins only. */}
      {navigator.clipboard !== undefined && (
        <button
          class="button small"
          type="button"
          onClick={() => navigator.clipboard.writeText(text).then(() => setCopied(true))}
        >
          {copied ? "Copied" : "Copy"}
          <span class="unseen"> the {label.toLowerCase()}</span>
        </button>
      )}
    </div>
  );
}
