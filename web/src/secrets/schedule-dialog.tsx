// Scheduling a deletion: choose the window, see the date it leads to.

import { useRef, useState } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { daysFrom, showMoment } from "../dates";
import { announce } from "../parts/announce";
import { Dialog } from "../parts/dialog";
import { Field } from "../parts/field";
import { Refused } from "../parts/refused";
import { useSend } from "../parts/use-send";
import { judgeWindow, limits } from "../rules";
import { secrets as server } from "../server/client";

interface ScheduleDialogProps {
  secret: Secret;
  onScheduled: (changed: Secret | undefined) => void;
  onClose: () => void;
}

export function ScheduleDialog({ secret, onScheduled, onClose }: ScheduleDialogProps) {
  const input = useRef<HTMLInputElement>(null);
  const { minWindowDays, maxWindowDays, defaultWindowDays } = limits();
  const [text, setText] = useState(String(defaultWindowDays));
  const { busy, refusal, send, clear } = useSend();

  const days = text.trim() === "" ? Number.NaN : Number(text);
  const problems = judgeWindow(days);

  function submit(event: Event) {
    event.preventDefault();
    if (problems.length > 0) {
      input.current?.focus();
      return;
    }
    void send(async () => {
      const answer = await server.scheduleDeletion({ secretName: secret.name, recoveryWindowInDays: days });
      const due = Number(answer.secret?.scheduledDeleteTime ?? 0);
      announce(`${secret.name} will be gone on ${showMoment(due)}. Until then the deletion can be cancelled.`);
      onScheduled(answer.secret);
      onClose();
    });
  }

  return (
    <Dialog title={`Schedule the deletion of ${secret.name}`} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <p>Until the date comes the value cannot be read, and the deletion can be cancelled.</p>
        <Field label="Days until it is gone" hint={`${minWindowDays} to ${maxWindowDays} days.`} problems={problems.map((problem) => problem.message)}>
          {(tied) => (
            <input
              {...tied}
              ref={input}
              class="short"
              type="number"
              inputMode="numeric"
              min={minWindowDays}
              max={maxWindowDays}
              step={1}
              value={text}
              onInput={(event) => {
                setText(event.currentTarget.value);
                clear();
              }}
            />
          )}
        </Field>
        <p class="outcome" role="status">
          {problems.length === 0 && <>Gone on {showMoment(daysFrom(Date.now(), days))}.</>}
        </p>
        <Refused refusal={refusal} />
        <div class="actions">
          <button class="button" type="button" onClick={onClose}>
            Keep it
          </button>
          <button class="button primary" type="submit" aria-disabled={busy || problems.length > 0}>
            Schedule deletion
          </button>
        </div>
      </form>
    </Dialog>
  );
}
