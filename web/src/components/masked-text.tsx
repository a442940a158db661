// A text box for what nobody should read over a shoulder, or hear. Whole lines are kept, unlike in a password box.
//
// Masking by style hides text from the eye only: a screen reader would still speak it. So a filled box that is left
// holds dots instead, until it is asked to show.
//
// The text lives in a signal that its owner empties, and in the box itself, which is emptied with it. Browsers keep a box
// that had the focus for long after it has left the page, and a component keeps what it was last drawn with.

import type { Signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Tied } from "./field";

// Always the same number: how long a value is, is nobody's business either.
const DOTS = "••••••••••••";

// Browsers insert a long text line by line, which takes minutes for ten thousand; above this the page does it at once.
const SLOW_PASTE = 20_000;

interface MaskedTextProps {
  tied: Tied;
  box?: RefObject<HTMLTextAreaElement | null>;
  rows: number;
  text: Signal<string>;
  placeholder?: string;
  wrap?: "off";
  shown: boolean;
  onShown: (shown: boolean) => void;
  /** The text was changed by hand. */
  onEdit?: () => void;
  onLeave?: () => void;
}

export function MaskedText(props: MaskedTextProps) {
  const { tied, box, rows, text, placeholder, wrap, shown, onShown, onEdit, onLeave } = props;
  const own = useRef<HTMLTextAreaElement>(null);
  const area = box ?? own;
  const [writing, setWriting] = useState(false);
  const dotted = !shown && !writing && text.value !== "";

  useLayoutEffect(() => {
    const wanted = dotted ? DOTS : text.peek();
    if (area.current !== null && area.current.value !== wanted) area.current.value = wanted;
    // After every drawing: what an effect depends on would be kept as well.
  });
  useEffect(() => {
    const { current } = area;
    return () => {
      if (current !== null) current.value = "";
    };
  }, []);

  function edit(changed: string) {
    setWriting(true);
    text.value = changed;
    onEdit?.();
  }

  return (
    <div class="masked-text">
      <textarea
        {...tied}
        ref={area}
        class={shown ? "mono" : "mono hidden-text"}
        rows={rows}
        wrap={wrap}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder={placeholder}
        readOnly={dotted}
        onFocus={() => {
          // What is hidden already stays hidden: editing it blindly helps nobody.
          if (!dotted) setWriting(true);
        }}
        onInput={(event) => edit(event.currentTarget.value)}
        onPaste={(event) => {
          const pasted = event.clipboardData?.getData("text") ?? "";
          if (pasted.length < SLOW_PASTE || dotted) return;
          event.preventDefault();
          const { currentTarget: target } = event;
          target.setRangeText(pasted, target.selectionStart, target.selectionEnd, "end");
          edit(target.value);
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
