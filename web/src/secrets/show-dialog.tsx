// Everything about one secret; its value only when asked for.

import { useEffect, useState } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { showMoment } from "../dates";
import { Dialog } from "../parts/dialog";
import { Refused } from "../parts/refused";
import { secrets as server } from "../server/client";
import { type Refusal, refusalOf } from "../server/refusal";
import * as list from "./loaded";
import { RevealValue } from "./reveal-value";
import type { Act } from "./secrets-screen";
import { Due } from "./secret-row";
import { STATES, TYPES } from "./words";

interface ShowProps {
  secret: Secret;
  act: (wanted: Act, secret: Secret) => void;
  onClose: () => void;
}

export function ShowDialog({ secret: listed, act, onClose }: ShowProps) {
  const [secret, setSecret] = useState(listed);
  const [refusal, setRefusal] = useState<Refusal>();
  const waiting = list.isWaiting(secret);

  useEffect(() => {
    // The row may be older than what the server knows.
    server.showSecret({ secretName: listed.name }).then(
      (answer) => {
        if (answer.secret === undefined) return;
        setSecret(answer.secret);
        list.put(answer.secret);
      },
      (thrown) => setRefusal(refusalOf(thrown)),
    );
  }, []);

  return (
    <Dialog title={secret.name} wide onClose={onClose}>
      <Refused refusal={refusal} />
      {waiting ? (
        <p class="notice">
          This secret waits for deletion. Its value cannot be read until the deletion is cancelled.
        </p>
      ) : (
        <RevealValue name={secret.name} />
      )}
      <dl class="facts">
        <Fact name="State">
          <span class={`badge ${STATES[secret.state].tone}`}>{STATES[secret.state].word}</span>
        </Fact>
        {waiting && (
          <Fact name="Will be gone">
            <Due secret={secret} />
          </Fact>
        )}
        <Fact name="Type">{TYPES[secret.secretType]}</Fact>
        {secret.description !== "" && <Fact name="Description">{secret.description}</Fact>}
        <Fact name="Created">{showMoment(Number(secret.createTime))}</Fact>
        <Fact name="Last changed">{showMoment(Number(secret.updateTime))}</Fact>
        {secret.lastUsedTime !== undefined && <Fact name="Last read">{showMoment(Number(secret.lastUsedTime))}</Fact>}
        <Fact name="Sealed with">{secret.kmsKeyId}</Fact>
        {secret.rotationPeriod !== "" && <Fact name="Rotated every">{secret.rotationPeriod}</Fact>}
        {secret.rotationConfig !== "" && <Fact name="Belongs to">{secret.rotationConfig}</Fact>}
        {secret.rotationFuncUrn !== "" && <Fact name="Rotated by">{secret.rotationFuncUrn}</Fact>}
        {secret.eventSubscriptions.length > 0 && <Fact name="Events">{secret.eventSubscriptions.join(", ")}</Fact>}
        <Fact name="Enterprise project">{secret.enterpriseProjectId}</Fact>
        <Fact name="Identifier">
          <code>{secret.id}</code>
        </Fact>
      </dl>
      <div class="actions">
        <button class="button" type="button" onClick={onClose}>
          Close
        </button>
        {waiting ? (
          <button class="button" type="button" onClick={() => act("cancel", secret)}>
            Cancel deletion
          </button>
        ) : (
          <>
            <button class="button" type="button" onClick={() => act("schedule", secret)}>
              Schedule deletion…
            </button>
            <button class="button danger-quiet" type="button" onClick={() => act("delete", secret)}>
              Delete now…
            </button>
          </>
        )}
      </div>
    </Dialog>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
