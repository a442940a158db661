// Scheduling a deletion: choose the window, see the date it leads to.

import { useRef, useState } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { secrets as server } from "../api/client";
import { useRequest } from "../api/request";
import { Dialog } from "../components/dialog";
import { ErrorMessage } from "../components/error-message";
import { daysOf, isWindow, RecoveryWindowField } from "../components/recovery-window-field";
import { announce } from "../components/toast";
import { showMoment } from "../dates";
import { limits } from "../rules";

interface ScheduleDialogProps {
  secret: Secret;
  onScheduled: (changed: Secret | undefined) => void;
  onClose: () => void;
}

export function ScheduleDialog({ secret, onScheduled, onClose }: ScheduleDialogProps) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(String(limits().defaultWindowDays));
  const { busy, rejection, send, clear } = useRequest();

  function submit(event: Event) {
    event.preventDefault();
    if (!isWindow(text)) {
      input.current?.focus();
      return;
    }
    void send(async () => {
      const answer = await server.scheduleDeletion({ secretName: secret.name, recoveryWindowInDays: daysOf(text) });
      const due = Number(answer.secret?.scheduledDeleteTime ?? 0);
      announce(`${secret.name} is deleted on ${showMoment(due)}. Until then the deletion can be cancelled.`);
      onScheduled(answer.secret);
      onClose();
    });
  }

  return (
    <Dialog title={`Schedule the deletion of ${secret.name}`} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <p>Until then the value cannot be read, and the deletion can be cancelled.</p>
        <RecoveryWindowField
          box={input}
          text={text}
          onText={(typed) => {
            setText(typed);
            clear();
          }}
        />
        <ErrorMessage rejection={rejection} />
        <div class="actions">
          <button class="button" type="button" onClick={onClose}>
            Cancel
          </button>
          <button class="button primary" type="submit" aria-disabled={busy || !isWindow(text)}>
            Schedule deletion
          </button>
        </div>
      </form>
    </Dialog>
  );
}
