// What just happened, seen for a while at the edge of the page and read aloud once.

import { signal } from "@preact/signals";

// Milliseconds; long enough to read a sentence twice.
const SHOWN_FOR = 8_000;

const message = signal("");
let timer: ReturnType<typeof setTimeout> | undefined;

export function announce(text: string): void {
  clearTimeout(timer);
  message.value = text;
  timer = setTimeout(() => {
    message.value = "";
  }, SHOWN_FOR);
}

/** Another screen has other things to say. */
window.addEventListener("hashchange", () => {
  message.value = "";
});

export function Announcements() {
  return (
    <div class="announcements" role="status">
      {message.value !== "" && <p class="announcement">{message.value}</p>}
    </div>
  );
}
