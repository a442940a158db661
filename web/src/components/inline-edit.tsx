// What can be changed where it stands: read it, press the button, type, save.

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type RequestState, useRequest } from "../api/request";
import type { Problem } from "../rules";
import { ErrorMessage } from "./error-message";
import { Fact } from "./fact";
import { Field } from "./field";

interface ChangeableProps {
  label: string;
  /** Nothing can be changed now. */
  fixed: boolean;
  /** What stands in its place while it is changed. */
  editor: (close: () => void) => ComponentChildren;
  children: ComponentChildren;
}

export function Changeable({ label, fixed, editor, children }: ChangeableProps) {
  const [editing, setEditing] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const edited = useRef(false);

  useEffect(() => {
    // Back to where the typing began, once it is over.
    if (edited.current && !editing) button.current?.focus();
    edited.current = editing;
  }, [editing]);

  return (
    <Fact name={label}>
      {editing && !fixed ? (
        editor(() => setEditing(false))
      ) : (
        <>
          {children}{" "}
          {!fixed && (
            <button class="link" type="button" ref={button} onClick={() => setEditing(true)}>
              Change<span class="unseen"> {label.toLowerCase()}</span>
            </button>
          )}
        </>
      )}
    </Fact>
  );
}

interface EditorFormProps {
  sending: RequestState;
  /** Something typed cannot be saved. */
  wrong: boolean;
  save: () => Promise<void>;
  close: () => void;
  children: ComponentChildren;
}

export function EditorForm({ sending, wrong, save, close, children }: EditorFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const { busy, rejection, send } = sending;

  function submit(event: Event) {
    event.preventDefault();
    if (wrong) {
      form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
      return;
    }
    void send(async () => {
      await save();
      close();
    });
  }

  return (
    <form
      class="in-place"
      ref={form}
      onSubmit={submit}
      noValidate
      onKeyDown={(event) => event.key === "Escape" && close()}
    >
      {children}
      <div class="actions start">
        <button class="button small primary" type="submit" aria-disabled={busy || wrong}>
          Save
        </button>
        <button class="button small" type="button" onClick={close}>
          Cancel
        </button>
      </div>
      <ErrorMessage rejection={rejection} />
    </form>
  );
}

interface InPlaceProps {
  label: string;
  text: string;
  /** Shown where there is no text. */
  none: string;
  hint?: string;
  /** It may have several lines. */
  long?: boolean;
  fixed: boolean;
  judge: (text: string) => readonly Problem[];
  save: (text: string) => Promise<void>;
}

/** One text. */
export function InPlace(props: InPlaceProps) {
  const { label, text, none, fixed } = props;
  return (
    <Changeable label={label} fixed={fixed} editor={(close) => <TextEditor {...props} close={close} />}>
      {text === "" ? <span class="never">{none}</span> : text}
    </Changeable>
  );
}

function TextEditor({ label, text, hint, long, judge, save, close }: InPlaceProps & { close: () => void }) {
  const input = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const [typed, setTyped] = useState(text);
  const sending = useRequest();
  const problems = judge(typed);

  // Before anything more is typed.
  useLayoutEffect(() => input.current?.select(), []);

  return (
    <EditorForm sending={sending} wrong={problems.length > 0} save={() => save(typed)} close={close}>
      <Field label={label} hint={hint} problems={problems.map((problem) => problem.message)} class="bare">
        {(tied) => {
          const box = {
            ...tied,
            ref: input,
            value: typed,
            onInput: (event: InputEvent) => {
              setTyped((event.currentTarget as HTMLInputElement).value);
              sending.clear();
            },
          };
          return long ? <textarea {...box} rows={3} /> : <input {...box} autocomplete="off" spellcheck={false} />;
        }}
      </Field>
    </EditorForm>
  );
}
