// What just happened, seen for a while at the edge of the page and read aloud once; with Undo, where that is simple.

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { Icon } from "./icons";

// Milliseconds; long enough to read a sentence twice, and to decide whether to undo it.
const SHOWN_FOR_MS = 6_000;
const SHOWN_WITH_UNDO_FOR_MS = 15_000;

interface Toast {
  message: ComponentChildren;
  undo?: () => void;
}

const toast = signal<Toast | undefined>(undefined);
let timer: ReturnType<typeof setTimeout> | undefined;

export function announce(message: ComponentChildren, undo?: () => void): void {
  clearTimeout(timer);
  toast.value = { message, ...(undo && { undo }) };
  timer = setTimeout(dismiss, undo === undefined ? SHOWN_FOR_MS : SHOWN_WITH_UNDO_FOR_MS);
}

/** There is something more important to read, such as an error. */
export function dismiss(): void {
  clearTimeout(timer);
  toast.value = undefined;
}

/** Another screen has other things to say. */
window.addEventListener("hashchange", dismiss);

export function Toasts() {
  const shown = toast.value;
  return (
    <div class="toasts" role="status">
      {shown !== undefined && (
        <div class="toast">
          <p>{shown.message}</p>
          {shown.undo !== undefined && (
            <button
              class="toast-act"
              type="button"
              onClick={() => {
                dismiss();
                shown.undo?.();
              }}
            >
              Undo
            </button>
          )}
          <button class="toast-act" type="button" aria-label="Dismiss" onClick={dismiss}>
            <Icon name="cross" />
          </button>
        </div>
      )}
    </div>
  );
}
