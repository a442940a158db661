// The value of a version, fetched when asked for and hidden again by itself.

import { useEffect, useState } from "preact/hooks";
import type { Version } from "../../generated/strongroom/v1/versions_pb";
import { versions } from "../api/client";
import { useRequest } from "../api/use-request";
import { ErrorMessage } from "../components/error-message";
import { loadSecret } from "./secret-state";

// Long enough to copy a password by eye, short enough for a forgotten screen.
const SHOWN_FOR_SECONDS = 30;

/** What stands for the version that is current. */
export const LATEST = "latest";

export function RevealValue({ name, versionId }: { name: string; versionId: string }) {
  const [version, setVersion] = useState<Version>();
  const [left, setLeft] = useState(0);
  const [copied, setCopied] = useState(false);
  const { rejection, send, clear } = useRequest();

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

  function toggle() {
    setCopied(false);
    clear();
    if (version !== undefined) {
      setVersion(undefined);
      return;
    }
    void send(async () => {
      const answer = await versions.showSecretVersion({ secretName: name, versionId });
      setLeft(SHOWN_FOR_SECONDS);
      setVersion(answer.version);
      // It has just been read.
      void loadSecret(name);
    });
  }

  const value = version?.secretString ?? version?.secretBinary ?? "";
  const id = version?.versionMetadata?.id;

  return (
    <div class="value">
      {version === undefined ? (
        <p class="masked">
          <span aria-hidden="true">••••••••••••</span>
          <span class="unseen">Hidden</span>
        </p>
      ) : (
        <>
          <p class="hint">
            {version.secretBinary === undefined ? "Text" : "Binary, as Base64"}, version {id}. Hides in {left} s
          </p>
          <pre class="revealed" role="region" tabIndex={0} aria-label="Value of the secret">
            {value}
          </pre>
        </>
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
      <ErrorMessage rejection={rejection} />
    </div>
  );
}
