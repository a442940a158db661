// A question or a sheet above the page: the browser's own dialog, so focus, Escape and the way back are its work.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useUnsaved } from "../unsaved";

interface DialogProps {
  title: ComponentChildren;
  wide?: boolean;
  /** Something has been typed that closing would lose, as in "This secret is not saved." */
  unsaved?: { what: string; isUnsaved: boolean };
  onClose: () => void;
  /** The content, and the way to close it that asks first when something would be lost. */
  children: ComponentChildren | ((close: () => void) => ComponentChildren);
}

const NOTHING = { what: "", isUnsaved: false };

export function Dialog({ title, wide, unsaved = NOTHING, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const [asking, setAsking] = useState(false);
  const titleId = useId();
  useUnsaved(unsaved.what, unsaved.isUnsaved);
  const close = () => (unsaved.isUnsaved ? setAsking(true) : onClose());

  useEffect(() => {
    const dialog = element.current;
    const opener = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      setTimeout(() => returnFocus(opener));
    };
  }, []);

  return (
    <dialog
      ref={element}
      class={wide ? "dialog wide" : "dialog"}
      aria-labelledby={titleId}
      onCancel={(event) => {
        // A dialog above this one has its own.
        if (event.target !== element.current) return;
        event.preventDefault();
        close();
      }}
    >
      <h2 id={titleId} tabIndex={-1}>
        {title}
      </h2>
      {typeof children === "function" ? children(close) : children}
      {asking && (
        <Dialog title="Discard what you entered?" onClose={() => setAsking(false)}>
          <p>{unsaved.what} not saved.</p>
          <div class="actions">
            <button class="button danger" type="button" onClick={onClose}>
              Discard
            </button>
            <button class="button primary" type="button" autofocus onClick={() => setAsking(false)}>
              Keep editing
            </button>
          </div>
        </Dialog>
      )}
    </dialog>
  );
}

/** To the opener. That may be gone with what was deleted; the focus must not be, and stays in a dialog that is open. */
function returnFocus(opener: Element | null): void {
  if (document.activeElement !== document.body) return;
  const open = [...document.querySelectorAll<HTMLDialogElement>("dialog[open]")].at(-1);
  const inReach = opener instanceof HTMLElement && opener.isConnected && (open === undefined || open.contains(opener));
  const back = inReach ? opener : (open ?? document).querySelector<HTMLElement>(open === undefined ? "h1" : "h2");
  back?.focus();
}
