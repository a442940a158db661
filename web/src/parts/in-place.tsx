// A text that can be changed where it stands: read it, press the button, type, save.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../rules";
import { Fact } from "./fact";
import { Field } from "./field";
import { Refused } from "./refused";
import { useSend } from "./use-send";

interface InPlaceProps {
  label: string;
  text: string;
  /** Shown where there is no text. */
  none: string;
  hint?: string;
  /** It may have several lines. */
  long?: boolean;
  /** Nothing can be changed now. */
  fixed: boolean;
  judge: (text: string) => readonly Problem[];
  save: (text: string) => Promise<void>;
}

export function InPlace(props: InPlaceProps) {
  const { label, text, none, fixed } = props;
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
        <Editor {...props} close={() => setEditing(false)} />
      ) : (
        <>
          {text === "" ? <span class="never">{none}</span> : text}{" "}
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

function Editor({ label, text, hint, long, judge, save, close }: InPlaceProps & { close: () => void }) {
  const input = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const [typed, setTyped] = useState(text);
  const { busy, refusal, send, clear } = useSend();
  const problems = judge(typed);

  // Before anything more is typed.
  useLayoutEffect(() => input.current?.select(), []);

  function submit(event: Event) {
    event.preventDefault();
    if (problems.length > 0) {
      input.current?.focus();
      return;
    }
    void send(async () => {
      await save(typed);
      close();
    });
  }

  return (
    <form class="in-place" onSubmit={submit} noValidate onKeyDown={(event) => event.key === "Escape" && close()}>
      <Field label={label} hint={hint} problems={problems.map((problem) => problem.message)} class="bare">
        {(tied) => {
          const box = {
            ...tied,
            ref: input,
            value: typed,
            onInput: (event: InputEvent) => {
              setTyped((event.currentTarget as HTMLInputElement).value);
              clear();
            },
          };
          return long ? <textarea {...box} rows={3} /> : <input {...box} autocomplete="off" spellcheck={false} />;
        }}
      </Field>
      <div class="actions start">
        <button class="button small primary" type="submit" aria-disabled={busy || problems.length > 0}>
          Save
        </button>
        <button class="button small" type="button" onClick={close}>
          Leave as it was
        </button>
      </div>
      <Refused refusal={refusal} />
    </form>
  );
}
