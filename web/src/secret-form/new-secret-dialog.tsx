// A new secret on one sheet: name, value or a generated password, description, tags and expiry.
//
// The API creates the secret first and takes tags and expiry after it. What has been done is not done again when a later
// request fails and the button is pressed once more.

import { useRef, useState } from "preact/hooks";
import { TagAction } from "../../generated/strongroom/v1/tags_pb";
import { secrets, tags as tagServer, versions } from "../api/client";
import { allowed, loadLimits } from "../api/limits";
import { useRequest } from "../api/request";
import { newRequestId } from "../api/request-id";
import { Choice } from "../components/choice";
import { CodeInput } from "../components/code-input";
import { DateTimeField, parseDateTime } from "../components/date-time-field";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { Field } from "../components/field";
import { MaskedText } from "../components/masked-text";
import { useSecretText } from "../components/secret-text";
import { announce } from "../components/toast";
import { goTo, secretAddress } from "../route";
import { judgeEntry, judgeExpiry } from "../rules";
import { forget as forgetKnownTags } from "../secret-list/known-tags";
import { GeneratePassword } from "./generate-password";
import { emptyTag, type TagDraft, TagsEditor, tagProblems } from "./tags-editor";

/** The version that a new secret has. */
const FIRST_VERSION = "v1";

type ValueField = "secret_string" | "secret_binary";

interface NewSecretDialogProps {
  onCreated: () => void;
  onClose: () => void;
}

export function NewSecretDialog({ onCreated, onClose }: NewSecretDialogProps) {
  const form = useRef<HTMLFormElement>(null);
  const [name, setName] = useState("");
  const [kind, setKind] = useState<ValueField>("secret_string");
  // Read from where it is wherever it is needed: a constant of its own would outlive the sheet.
  const value = useSecretText();
  const [visible, setVisible] = useState(false);
  const [description, setDescription] = useState("");
  const [key, setKey] = useState("");
  const [tags, setTags] = useState<readonly TagDraft[]>([emptyTag()]);
  const [expires, setExpires] = useState("");
  const [tried, setTried] = useState(false);
  const [created, setCreated] = useState(false);
  const requestIds = useRef({ create: newRequestId(), tags: newRequestId(), expiry: newRequestId() });
  const { busy, rejection, send, clear } = useRequest();

  const moment = parseDateTime(expires);
  const wanted = tags.filter((tag) => tag.key !== "" || tag.value !== "");
  const problems = judgeEntry({
    name,
    ...(value.value !== "" && { [kind]: value.value }),
    ...(description !== "" && { description }),
    ...(key !== "" && { kms_key_id: key }),
  });
  const late = moment === undefined ? [] : judgeExpiry(moment, Date.now());
  const most = allowed.value?.tags;
  const tooMany = most !== undefined && wanted.length > most ? [`A secret has at most ${most} tags.`] : [];
  const ready = problems.length + late.length + tagProblems(tags).size + tooMany.length === 0;
  const touched = [name, value.value, description, key, expires].some((text) => text !== "") || wanted.length > 0;

  // What is still missing is no mistake before somebody wants to go on.
  const about = (...fields: string[]) =>
    problems
      .filter((problem) => fields.includes(problem.field) && (tried || problem.code !== "REQUIRED"))
      .map((problem) => (problem.code === "REQUIRED" ? MISSING[problem.field] : undefined) ?? problem.message);

  function submit(event: Event) {
    event.preventDefault();
    setTried(true);
    if (!ready) {
      setTimeout(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    void send(store);
  }

  async function store() {
    if (!created) {
      await secrets.createSecret({
        secret: {
          name,
          description,
          kmsKeyId: key,
          ...(kind === "secret_string" ? { secretString: value.value } : { secretBinary: value.value }),
        },
        requestId: requestIds.current.create,
      });
      setCreated(true);
      void loadLimits();
    }
    if (wanted.length > 0) {
      const { secret } = await secrets.showSecret({ secretName: name });
      await tagServer.batchCreateOrDeleteTags({
        secretId: secret?.id ?? "",
        action: TagAction.CREATE,
        tags: wanted.map((tag) => ({ key: tag.key, value: tag.value })),
        requestId: requestIds.current.tags,
      });
      forgetKnownTags();
    }
    if (moment !== undefined) {
      await versions.updateVersion({
        secretName: name,
        versionId: FIRST_VERSION,
        expireTime: BigInt(moment),
        requestId: requestIds.current.expiry,
      });
    }
    announce(`${name} is created.`);
    onClose();
    onCreated();
    goTo(secretAddress(name));
  }

  return (
    <Dialog
      title="New secret"
      wide
      unsaved={{ what: "The new secret is", isUnsaved: touched && !created && !busy }}
      onClose={() => {
        if (created) onCreated();
        onClose();
      }}
    >
      {(close) => (
        <form class="stack" ref={form} onSubmit={submit} onInput={clear} noValidate>
          <fieldset class="stack plain-set" disabled={created}>
            <Field label="Name" hint="Letters, digits and . _ - ; it cannot be changed later." problems={about("name")}>
              {(tied) => (
                <CodeInput {...tied} autofocus value={name} onInput={(event) => setName(event.currentTarget.value)} />
              )}
            </Field>
            <Field label="Value" problems={about("secret_string", "secret_binary")}>
              {(tied) => <MaskedText tied={tied} rows={3} text={value} shown={visible} onShown={setVisible} />}
            </Field>
            <div class="choices" role="radiogroup" aria-label="The value is">
              <Choice
                name="new-kind"
                label="Text"
                on={kind === "secret_string"}
                pick={() => setKind("secret_string")}
              />
              <Choice
                name="new-kind"
                label="Binary, as Base64"
                on={kind === "secret_binary"}
                pick={() => setKind("secret_binary")}
              />
            </div>
            <GeneratePassword
              onPassword={(password) => {
                setKind("secret_string");
                value.value = password;
              }}
            />
            <Field label="Description" hint="Optional." problems={about("description")}>
              {(tied) => (
                <input
                  {...tied}
                  autocomplete="off"
                  dir="auto"
                  value={description}
                  onInput={(event) => setDescription(event.currentTarget.value)}
                />
              )}
            </Field>
          </fieldset>
          <TagsEditor tags={tags} onTags={setTags} />
          {tooMany.map((sentence) => (
            <p class="rejected" key={sentence}>
              {sentence}
            </p>
          ))}
          <div class="grid">
            <DateTimeField
              label="Expires"
              hint="Optional. A reminder: an expired version can still be read."
              text={expires}
              problems={late.map((problem) => problem.message)}
              onText={setExpires}
            />
            <Field
              label="Key"
              hint="Optional. Seals the value; csms/default without one."
              problems={about("kms_key_id")}
            >
              {(tied) => (
                <CodeInput
                  {...tied}
                  disabled={created}
                  value={key}
                  onInput={(event) => setKey(event.currentTarget.value)}
                />
              )}
            </Field>
          </div>
          {created && rejection !== undefined && (
            <p class="notice">
              {name} is created, but not all of this is stored yet. Store the rest, or close and change the secret
              later.
            </p>
          )}
          <ErrorMessage rejection={rejection} />
          <div class="actions">
            <button class="button" type="button" onClick={close}>
              {created ? "Close" : "Cancel"}
            </button>
            <button class="button primary" type="submit" aria-disabled={busy}>
              {busy ? "Creating…" : created ? "Store the rest" : "Create secret"}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

/** Said where it is missing, in the words of the form. */
const MISSING: Record<string, string> = {
  name: "Enter a name.",
  secret_string: "Enter a value, or generate a password.",
};
