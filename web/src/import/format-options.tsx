// How a text is read: its format and why, the columns of a table, how names come out. All of it can be said otherwise.

import { useRef } from "preact/hooks";
import { CodeInput } from "../components/code-input";
import { Field } from "../components/field";
import { Switch } from "../components/switch";
import { type Column, type FileContents, type Field as FileField, type Format, formats } from "./reader";
import * as state from "./state";

/** What a column can give, in words. */
const FIELDS: Record<FileField, string> = {
  name: "Name",
  secret_string: "Value, as text",
  secret_binary: "Value, binary as Base64",
  description: "Description",
  kms_key_id: "Encryption key",
  secret_type: "Type",
  auto_rotation: "Rotation",
  rotation_period: "Rotation period",
  rotation_config: "Rotation configuration",
  event_subscriptions: "Event",
  enterprise_project_id: "Enterprise project",
  rotation_func_urn: "Rotation function",
  on_existing: "What to do if it exists",
  on_pending: "What to do if it is pending deletion",
};

export function FormatOptions() {
  const found = state.read.value;
  if (found === undefined) return null;
  const { format, why, columns, notes } = found;
  // Without the entries: browsers keep a box that had the focus, and with it what its handlers know.
  return <Options found={{ format, why, columns, notes }} />;
}

function Options({ found }: { found: Pick<FileContents, "format" | "why" | "columns" | "notes"> }) {
  const readOptions = state.readOptions.value;
  const recognised = formats.value.find(({ format }) => format === found.format)?.title ?? "Not text";
  return (
    <div class="card stack how-read">
      <Field label="Format" class="format" hint={found.why}>
        {(tied) => (
          <select
            {...tied}
            value={readOptions.format}
            onChange={(event) => state.setReadOptions({ format: event.currentTarget.value as Format | "" })}
          >
            <option value="">
              {readOptions.format === "" ? `${recognised} (recognised)` : "Recognise the format"}
            </option>
            {formats.value.map(({ format, title }) => (
              <option key={format} value={format}>
                {title}
              </option>
            ))}
          </select>
        )}
      </Field>
      {found.columns.length > 0 && <Columns columns={found.columns} />}
      {found.notes.length > 0 && (
        <ul class="notes" aria-label="Worth knowing">
          {found.notes.map((note) => (
            <li key={`${note.line} ${note.message}`}>
              Line {note.line}: {note.message}
            </li>
          ))}
        </ul>
      )}
      <Names vault={found.format === "vault"} />
    </div>
  );
}

function Columns({ columns }: { columns: readonly Column[] }) {
  return (
    <fieldset class="columns-fields">
      <legend>Columns</legend>
      <div class="grid">
        {columns.map(({ title, field }, index) => (
          <Field key={index} label={/^\d+$/.test(title) ? `Column ${title}` : title}>
            {(tied) => (
              <select
                {...tied}
                value={field}
                onChange={(event) => giveColumn(title, event.currentTarget.value as FileField | "")}
              >
                <option value="">Nothing; it is not imported</option>
                {Object.entries(FIELDS).map(([known, words]) => (
                  <option key={known} value={known}>
                    {words}
                  </option>
                ))}
              </select>
            )}
          </Field>
        ))}
      </div>
    </fieldset>
  );
}

function giveColumn(title: string, field: FileField | ""): void {
  state.setReadOptions({ columns: new Map(state.readOptions.value.columns).set(title, field) });
}

function Names({ vault }: { vault: boolean }) {
  const { prefix, replacement, oneSecretEach } = state.readOptions.value;
  const unfit = state.validated.value.some((entry) => entry.problems.some((problem) => problem.field === "name"));
  // Once it is open it must not close under somebody's hands.
  const opened = useRef(false);
  opened.current ||= unfit || vault || prefix !== "" || replacement !== "";
  return (
    <details open={opened.current}>
      <summary>Change the names</summary>
      <div class="grid">
        <Field label="Prefix for every name">
          {(tied) => (
            <CodeInput
              {...tied}
              value={prefix}
              onInput={(event) => state.setReadOptions({ prefix: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label="Replace invalid characters with" hint="One character, for example in place of the / of a path.">
          {(tied) => (
            <CodeInput
              {...tied}
              class="mono short"
              maxLength={1}
              value={replacement}
              onInput={(event) => state.setReadOptions({ replacement: event.currentTarget.value })}
            />
          )}
        </Field>
      </div>
      {vault && (
        <Switch
          label="Create one secret per key of a path instead of one secret with all keys as JSON"
          on={oneSecretEach}
          turn={(on) => state.setReadOptions({ oneSecretEach: on })}
        />
      )}
    </details>
  );
}
