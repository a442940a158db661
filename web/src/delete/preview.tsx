// What a delete by instance would do, and what it did.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { BatchDeleteSecretsResponse } from "../../generated/strongroom/v1/batches_pb";
import { countSecrets } from "../numbers";
import { Icon } from "../parts/icons";
import { readReason } from "../server/reason";

// As many names as anybody reads; the heading says how many there are.
const LISTED = 500;

interface PreviewProps {
  answer: BatchDeleteSecretsResponse;
  busy: boolean;
  onDelete: () => void;
}

export function Preview({ answer, busy, onDelete }: PreviewProps) {
  const going = answer.successSecrets.length;
  return (
    <Panel title={answer.total === 0 ? "Nothing matches" : `${countSecrets(going)} of ${answer.total} would be deleted`}>
      {answer.total === 0 && <p>No secret belongs to such an instance. Check the identifier and the service.</p>}
      <Names names={answer.successSecrets} label="Would be deleted" />
      <Staying answer={answer} title="Would stay" />
      {going > 0 && (
        <div class="danger-zone">
          <p>
            All versions of {going === 1 ? "this secret" : "these secrets"} will be gone at once.{" "}
            <strong>This cannot be undone.</strong>
          </p>
          <button class="button danger" type="button" aria-disabled={busy} onClick={onDelete}>
            {busy ? "Deleting…" : `Delete ${countSecrets(going)} for good`}
          </button>
        </div>
      )}
    </Panel>
  );
}

export function Deleted({ answer }: { answer: BatchDeleteSecretsResponse }) {
  return (
    <Panel title={`${countSecrets(answer.successSecrets.length)} deleted`}>
      <Names names={answer.successSecrets} label="Deleted" />
      <Staying answer={answer} title="Stayed" />
      <div class="actions start">
        <a class="button" href="#/secrets">
          See the secrets
        </a>
      </div>
    </Panel>
  );
}

function Panel({ title, children }: { title: string; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section class="card preview" aria-labelledby="preview-title">
      <h2 id="preview-title" tabIndex={-1} ref={heading}>
        {title}
      </h2>
      {children}
    </section>
  );
}

function Names({ names, label }: { names: readonly string[]; label: string }) {
  if (names.length === 0) return null;
  return (
    <ul class="names" aria-label={label} tabIndex={0}>
      {names.slice(0, LISTED).map((name) => (
        <li key={name} class="mono">
          {name}
        </li>
      ))}
      {names.length > LISTED && <li class="hint">and {names.length - LISTED} more</li>}
    </ul>
  );
}

function Staying({ answer, title }: { answer: BatchDeleteSecretsResponse; title: string }) {
  if (answer.failedSecrets.length === 0) return null;
  return (
    <>
      <h3>
        {title} ({answer.failedSecrets.length})
      </h3>
      <ul class="staying">
        {answer.failedSecrets.slice(0, LISTED).map((failed) => (
          <li key={failed.secretName}>
            <Icon name="clock" />
            <span class="mono">{failed.secretName}</span> <Reason text={failed.errorMsg} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Reason({ text }: { text: string }) {
  const { code, message } = readReason(text);
  return (
    <>
      {message} <span class="code">{code}</span>
    </>
  );
}
