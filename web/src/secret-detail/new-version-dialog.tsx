// A new value for a secret: typed, pasted or made up by the server; with an expiry and stages, if wanted.

import { useState } from "preact/hooks";
import { versions as server } from "../api/client";
import { useRequest } from "../api/request";
import { Choice } from "../components/choice";
import { CodeInput } from "../components/code-input";
import { DateTimeField, parseDateTime } from "../components/date-time-field";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { Field } from "../components/field";
import { MaskedText } from "../components/masked-text";
import { useSecretText } from "../components/secret-text";
import { announce } from "../components/toast";
import { type GivenVersion, judgeVersion, type Problem } from "../rules";
import { GeneratePassword } from "../secret-form/generate-password";
import * as shown from "./secret-state";
import { CURRENT, holderOf, PREVIOUS } from "./stages";

// Without any stage the server would make the version current, which is the other choice.
const NO_STAGE: Problem = {
  field: "version_stages",
  code: "REQUIRED",
  message: "Name a stage, or make the version current.",
};

export function NewVersionDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const [kind, setKind] = useState<"secret_string" | "secret_binary">("secret_string");
  // Read from where it is wherever it is needed: a constant of its own would outlive the dialog.
  const value = useSecretText();
  const [visible, setVisible] = useState(false);
  const [expires, setExpires] = useState("");
  const [ownStages, setOwnStages] = useState(false);
  const [stages, setStages] = useState("");
  const [visited, setVisited] = useState(false);
  const { busy, rejection, send, clear } = useRequest();

  const moment = parseDateTime(expires);
  const wanted = ownStages ? stages.split(/[\s,]+/).filter((stage) => stage !== "") : [];
  const given: GivenVersion = {};
  // An empty box is no value; whoever wants an empty one can send it by other ways.
  if (value.value !== "") given[kind] = value.value;
  if (wanted.length > 0) given.version_stages = wanted;
  if (moment !== undefined) given.expire_time = moment;
  const problems = [...judgeVersion(given, Date.now()), ...(ownStages && wanted.length === 0 ? [NO_STAGE] : [])];
  const ready = problems.length === 0;

  // What is still missing is no mistake before somebody wants to go on.
  const about = (...fields: string[]) =>
    problems
      .filter((problem) => fields.includes(problem.field) && (visited || problem.code !== "REQUIRED"))
      .map((problem) => problem.message);

  function submit(event: Event) {
    event.preventDefault();
    setVisited(true);
    if (!ready) return;
    void send(async () => {
      const answer = await server.createSecretVersion({
        secretName: name,
        versionStages: wanted,
        ...(kind === "secret_string" ? { secretString: value.value } : { secretBinary: value.value }),
        ...(moment === undefined ? {} : { expireTime: BigInt(moment) }),
      });
      await shown.reload(name);
      announce(`${answer.versionMetadata?.id} of ${name} is stored.`);
      onClose();
    });
  }

  return (
    <Dialog
      title={`New version of ${name}`}
      wide
      unsaved={{ what: "The new version is", isUnsaved: value.value !== "" && !busy }}
      onClose={onClose}
    >
      {(close) => (
        <form class="stack" onSubmit={submit} onInput={clear} noValidate>
          <Field label="Value" problems={about("secret_string", "secret_binary")}>
            {(tied) => <MaskedText tied={tied} rows={3} text={value} shown={visible} onShown={setVisible} />}
          </Field>
          <div class="choices" role="radiogroup" aria-label="The value is">
            <Choice name="kind" label="Text" on={kind === "secret_string"} pick={() => setKind("secret_string")} />
            <Choice
              name="kind"
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
          <DateTimeField
            label="Expires"
            hint="Optional. Without a date it does not expire."
            text={expires}
            problems={about("expire_time")}
            onText={setExpires}
          />
          <fieldset class="choice-set">
            <legend>Use of the new version</legend>
            <Choice
              name="stages"
              label={`Make current: ${holderOf(CURRENT) ?? "the present one"} becomes ${PREVIOUS}`}
              on={!ownStages}
              pick={() => setOwnStages(false)}
            />
            <Choice name="stages" label="Keep aside under a stage" on={ownStages} pick={() => setOwnStages(true)} />
          </fieldset>
          {ownStages && (
            <Field
              label="Stages"
              hint="Names separated by spaces. A stage that is on another version moves here."
              problems={about("version_stages")}
            >
              {(tied) => (
                <CodeInput {...tied} value={stages} onInput={(event) => setStages(event.currentTarget.value)} />
              )}
            </Field>
          )}
          <ErrorMessage rejection={rejection} />
          <div class="actions">
            <button class="button" type="button" onClick={close}>
              Cancel
            </button>
            <button class="button primary" type="submit" aria-disabled={busy || !ready}>
              Store version
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
