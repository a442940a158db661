// A text box for what nobody should read over a shoulder, or hear. Whole lines are kept, unlike in a password box.
//
// Masking by style hides text from the eye only: a screen reader would still speak it. So a filled box that is left
// holds dots instead, until it is asked to show.

import type { Ref } from "preact";
import { useState } from "preact/hooks";
import type { Tied } from "./field";

// Always the same number: how long a value is, is nobody's business either.
const DOTS = "••••••••••••";

interface MaskedTextProps {
  tied: Tied;
  box?: Ref<HTMLTextAreaElement>;
  rows: number;
  value: string;
  placeholder?: string;
  wrap?: "off";
  shown: boolean;
  onShown: (shown: boolean) => void;
  onText: (text: string) => void;
  onLeave?: () => void;
}

export function MaskedText(props: MaskedTextProps) {
  const { tied, box, rows, value, placeholder, wrap, shown, onShown, onText, onLeave } = props;
  const [writing, setWriting] = useState(false);
  const dotted = !shown && !writing && value !== "";

  return (
    <div class="masked-text">
      <textarea
        {...tied}
        ref={box}
        class={shown ? "mono" : "mono hidden-text"}
        rows={rows}
        wrap={wrap}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder={placeholder}
        readOnly={dotted}
        value={dotted ? DOTS : value}
        onFocus={() => {
          // What is hidden already stays hidden: editing it blindly helps nobody.
          if (!dotted) setWriting(true);
        }}
        onInput={(event) => {
          setWriting(true);
          onText(event.currentTarget.value);
        }}
        onBlur={() => {
          setWriting(false);
          onLeave?.();
        }}
      />
      <button
        class="button small"
        type="button"
        aria-pressed={shown}
        aria-controls={tied.id}
        onClick={() => onShown(!shown)}
      >
        Show<span class="unseen"> the text</span>
      </button>
    </div>
  );
}
