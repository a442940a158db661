// A file or a text, chosen, dropped or pasted, read and validated in the browser alone.

import { useRef, useState } from "preact/hooks";
import { Field } from "../components/field";
import { MaskedText } from "../components/masked-text";
import { announce } from "../components/toast";
import { FormatOptions } from "./format-options";
import { Problems } from "./problems";
import { reader, startReader } from "./reader";
import * as state from "./state";

// Above this a text box becomes slow to edit; nobody edits that much by hand.
const SHOWN_UP_TO = 1_000_000;

const EXAMPLE = `DB_PASSWORD="…"

or JSON, YAML, CSV, or what AWS, Google, Vault, OpenBao and Infisical export`;

export function FromText() {
  const box = useRef<HTMLTextAreaElement>(null);
  const [shown, setShown] = useState(false);
  const [over, setOver] = useState(false);
  const file = state.file.value;
  const large = Math.max(state.text.value.length, file?.bytes.length ?? 0) > SHOWN_UP_TO;

  async function take(file: File | undefined) {
    if (file === undefined) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    state.setFile(file.name, bytes, bytes.length > SHOWN_UP_TO ? "" : textOf(bytes));
    setShown(false);
    announce(
      <>
        <bdi>{file.name}</bdi> is read. Nothing has been sent.
      </>,
    );
  }

  function goTo(line: number) {
    setShown(true);
    // Once the box shows the text instead of dots.
    setTimeout(() => {
      if (box.current !== null) select(box.current, line);
    });
  }

  return (
    <>
      <div
        class={over ? "drop over" : "drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void take(event.dataTransfer?.files[0]);
        }}
      >
        {large ? (
          <div class="file-card">
            <p>
              <strong>
                <bdi>{file?.name ?? "Pasted text"}</bdi>
              </strong>{" "}
              is too long to be edited here. It can be imported.
            </p>
            <button class="button" type="button" onClick={() => state.setText("")}>
              Remove it
            </button>
          </div>
        ) : (
          <Field
            label="Text"
            hint={
              file === undefined ? (
                "Paste the text, drop a file here, or choose a file."
              ) : (
                <>
                  From <bdi>{file.name}</bdi>.
                </>
              )
            }
          >
            {(tied) => (
              <MaskedText
                tied={tied}
                box={box}
                // A file is looked at on demand, and what follows is what matters then.
                rows={file !== undefined && !shown ? 2 : 10}
                wrap="off"
                placeholder={EXAMPLE}
                text={state.text}
                shown={shown}
                onShown={setShown}
                onEdit={state.edited}
              />
            )}
          </Field>
        )}
        <label class="button file-button">
          Choose a file
          <input
            class="unseen"
            type="file"
            onChange={(event) => {
              void take(event.currentTarget.files?.[0]);
              // The same file can be chosen again once it has been repaired.
              event.currentTarget.value = "";
            }}
          />
        </label>
      </div>
      <ReaderStatus />
      <FormatOptions />
      <Problems goTo={large ? undefined : goTo} />
    </>
  );
}

/** The reader comes only when somebody wants it, so it can fail to come. */
function ReaderStatus() {
  if (reader.value === "ready") return null;
  return (
    <div role="status">
      {reader.value === "failed" ? (
        <p class="rejected">
          The part of the page that reads files could not be loaded.{" "}
          <button class="link" type="button" onClick={startReader}>
            Retry
          </button>
        </p>
      ) : (
        <p class="hint">Loading…</p>
      )}
    </div>
  );
}

/** Only to be looked at and edited: what is not is read from the bytes. */
function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(bytes);
}

function select(box: HTMLTextAreaElement, line: number): void {
  const lines = box.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  box.focus();
  box.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  // Selecting does not scroll; two lines of context above.
  const height = box.scrollHeight / lines.length;
  box.scrollTop = Math.max(0, (line - 3) * height);
}
