// What is known about a secret, and what of it can be changed.

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Secret, UpdateSecretRequestSchema } from "../../generated/strongroom/v1/secrets_pb";
import { secrets as server } from "../api/client";
import { Fact } from "../components/fact";
import { InPlace } from "../components/inline-edit";
import { announce } from "../components/toast";
import { showMoment } from "../dates";
import { judgeField } from "../rules";
import { TYPES } from "../secret-list/labels";
import { isPendingDeletion } from "../secret-list/list-state";
import { Due } from "../secret-list/secret-row";
import { Rotation } from "./rotation";
import * as shown from "./secret-state";

export function About({ secret }: { secret: Secret }) {
  const waiting = isPendingDeletion(secret);

  async function update(what: string, change: MessageInitShape<typeof UpdateSecretRequestSchema>) {
    const answer = await server.updateSecret({ secretName: secret.name, ...change });
    shown.put(answer.secret);
    announce(`${what} is saved.`);
  }

  return (
    <section class="card" aria-labelledby="about-title">
      <h2 id="about-title">About</h2>
      <dl class="facts">
        <InPlace
          label="Description"
          text={secret.description}
          none="None"
          long
          fixed={waiting}
          judge={(text) => judgeField("description", text)}
          save={(text) => update("The description", { description: text })}
        />
        <InPlace
          label="Key for new versions"
          text={secret.kmsKeyId}
          none="–"
          hint="The key is created at first use. Existing versions keep the key they were sealed with."
          fixed={waiting}
          judge={(text) => judgeField("kms_key_id", text)}
          save={(text) => update("The key for new versions", { kmsKeyId: text })}
        />
        <Rotation secret={secret} fixed={waiting} save={(change) => update("The rotation", change)} />
        <InPlace
          label="Event"
          text={secret.eventSubscriptions.join(", ")}
          none="None"
          hint="Name of an existing event. Leave it empty to unsubscribe."
          fixed={waiting}
          judge={(text) => judgeField("event_subscriptions", names(text))}
          save={(text) => update("The subscription", { eventSubscriptions: { names: names(text) } })}
        />
        {waiting && (
          <Fact name="Deletion date">
            <Due secret={secret} />
          </Fact>
        )}
        <Fact name="Type">{TYPES[secret.secretType]}</Fact>
        <Fact name="Created">{showMoment(Number(secret.createTime))}</Fact>
        <Fact name="Last changed">{showMoment(Number(secret.updateTime))}</Fact>
        <Fact name="Value last read">
          {secret.lastUsedTime === undefined ? (
            <span class="never">Never</span>
          ) : (
            showMoment(Number(secret.lastUsedTime))
          )}
        </Fact>
        {secret.rotationConfig !== "" && <Fact name="Belongs to">{secret.rotationConfig}</Fact>}
        <Fact name="Enterprise project">{secret.enterpriseProjectId}</Fact>
        <Fact name="Identifier">
          <code>{secret.id}</code>
        </Fact>
      </dl>
    </section>
  );
}

/** A secret subscribes to one event at most. */
function names(text: string): string[] {
  return text === "" ? [] : [text];
}
