// The current value of a secret, fetched when asked for and hidden again by itself.

import { useEffect, useState } from "preact/hooks";
import type { Version } from "../../generated/strongroom/v1/versions_pb";
import { Refused } from "../parts/refused";
import { versions } from "../server/client";
import { type Refusal, refusalOf } from "../server/refusal";

// Long enough to copy a password by eye, short enough for a forgotten screen.
const SHOWN_FOR_SECONDS = 30;

export function RevealValue({ name }: { name: string }) {
  const [version, setVersion] = useState<Version>();
  const [left, setLeft] = useState(0);
  const [refusal, setRefusal] = useState<Refusal>();
  const [copied, setCopied] = useState(false);

  useEffect(() => {
    if (version === undefined) return;
    const until = Date.now() + SHOWN_FOR_SECONDS * 1_000;
    const timer = setInterval(() => {
      const seconds = Math.ceil((until - Date.now()) / 1_000);
      setLeft(seconds);
      if (seconds <= 0) setVersion(undefined);
    }, 500);
    return () => clearInterval(timer);
  }, [version]);

  async function toggle() {
    setCopied(false);
    if (version !== undefined) {
      setVersion(undefined);
      return;
    }
    setRefusal(undefined);
    try {
      const answer = await versions.showSecretVersion({ secretName: name, versionId: "latest" });
      setLeft(SHOWN_FOR_SECONDS);
      setVersion(answer.version);
    } catch (thrown) {
      setRefusal(refusalOf(thrown));
    }
  }

  const value = version?.secretString ?? version?.secretBinary ?? "";
  const id = version?.versionMetadata?.id;

  return (
    <section class="value" aria-label="Value">
      <div class="value-head">
        <h3>Value</h3>
        {version !== undefined && (
          <span class="hint">
            {version.secretBinary === undefined ? "Text" : "Binary, as Base64"}, version {id}. Hides in {left} s
          </span>
        )}
      </div>
      {version === undefined ? (
        <p class="masked">
          <span aria-hidden="true">••••••••••••</span>
          <span class="unseen">Hidden</span>
        </p>
      ) : (
        <pre class="revealed" tabIndex={0} aria-label="Value of the secret">
          {value}
        </pre>
      )}
      <div class="actions start">
        <button class="button" type="button" aria-pressed={version !== undefined} onClick={toggle}>
          Reveal value
        </button>
        {/* Browsers offer the clipboard on trusted origins only. */}
        {version !== undefined && navigator.clipboard !== undefined && (
          <button
            class="button"
            type="button"
            onClick={() => navigator.clipboard.writeText(value).then(() => setCopied(true))}
          >
            {copied ? "Copied" : "Copy"}
          </button>
        )}
      </div>
      <Refused refusal={refusal} />
    </section>
  );
}
