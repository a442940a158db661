// The value of a version, fetched when asked for and hidden again by itself.
//
// It is written into the page by hand and not through the state of a component: what a component has shown is kept until
// the next garbage collection of its tree, which may be never. Hiding it drops the only reference there is.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { versions } from "../api/client";
import { useRequest } from "../api/request";
import { canCopy, copyValue } from "../components/clipboard";
import { ErrorMessage } from "../components/error-message";
import { Icon } from "../components/icons";
import { reload } from "./secret-state";

// Long enough to copy a password by eye, short enough for a forgotten screen.
const SHOWN_FOR_SECONDS = 30;

interface Shown {
  versionId: string;
  binary: boolean;
}

export function RevealValue({ name, versionId }: { name: string; versionId: string }) {
  const box = useRef<HTMLPreElement>(null);
  /** What has come and is not on the screen yet. */
  const coming = useRef("");
  const [shown, setShown] = useState<Shown>();
  const [left, setLeft] = useState(0);
  const [copied, setCopied] = useState(false);
  const { busy, rejection, send, clear } = useRequest();

  function hide() {
    box.current?.replaceChildren();
    setShown(undefined);
  }

  useLayoutEffect(() => {
    if (shown === undefined) return;
    box.current?.replaceChildren(coming.current);
    coming.current = "";
  }, [shown]);

  useEffect(() => {
    if (shown === undefined) return;
    const until = Date.now() + SHOWN_FOR_SECONDS * 1_000;
    const timer = setInterval(() => {
      const seconds = Math.ceil((until - Date.now()) / 1_000);
      setLeft(seconds);
      if (seconds <= 0) hide();
    }, 500);
    return () => clearInterval(timer);
  }, [shown]);

  function toggle() {
    setCopied(false);
    clear();
    if (shown !== undefined) return hide();
    void send(async () => {
      const { version } = await versions.showSecretVersion({ secretName: name, versionId });
      coming.current = version?.secretString ?? version?.secretBinary ?? "";
      setLeft(SHOWN_FOR_SECONDS);
      setShown({ versionId: version?.versionMetadata?.id ?? "", binary: version?.secretBinary !== undefined });
      // It has just been read.
      void reload(name);
    });
  }

  function copy() {
    clear();
    void send(async () => {
      await copyValue(name, versionId);
      setCopied(true);
      void reload(name);
    });
  }

  return (
    <div class="value">
      {shown === undefined ? (
        <p class="masked">
          <span aria-hidden="true">••••••••••••</span>
          <span class="unseen">Hidden</span>
        </p>
      ) : (
        <>
          <p class="hint">
            {shown.binary ? "Binary, as Base64" : "Text"}, version {shown.versionId}. Hides in {left} s
          </p>
          <pre ref={box} class="revealed" role="region" tabIndex={0} aria-label="Value of the secret" />
        </>
      )}
      <div class="actions start">
        <button class="button" type="button" aria-disabled={busy} onClick={toggle}>
          <Icon name="eye" />
          {shown === undefined ? "Reveal value" : "Hide value"}
        </button>
        {canCopy() && (
          <button class="button" type="button" aria-disabled={busy} onClick={copy}>
            <Icon name={copied ? "check" : "copy"} />
            {copied ? "Copied" : "Copy value"}
          </button>
        )}
        <p class="unseen" role="status">
          {copied && "The value is in the clipboard."}
        </p>
      </div>
      <ErrorMessage rejection={rejection} />
    </div>
  );
}
