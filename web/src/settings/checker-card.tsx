// Whether weak values are rejected.

import { useEffect, useState } from "preact/hooks";
import { READ_TIMEOUT_MS, checker as server } from "../api/client";
import { useRequest } from "../api/request";
import { ErrorMessage } from "../components/error-message";
import { RequestStatus } from "../components/request-status";
import { announce } from "../components/toast";

export function CheckerCard() {
  const [on, setOn] = useState<boolean>();
  const reading = useRequest();
  const { busy, rejection, send } = useRequest();

  useEffect(() => {
    void reading.load(async (signal) => {
      const answer = await server.showSecretsConfig({}, { signal, timeoutMs: READ_TIMEOUT_MS });
      setOn(answer.checkingSecretStrength);
    });
  }, []);

  function toggle() {
    void send(async () => {
      const answer = await server.updateSecretsConfig({ checkingSecretStrength: !on });
      setOn(answer.checkingSecretStrength);
      announce(
        answer.checkingSecretStrength ? "Weak values are rejected from now on." : "Weak values are accepted again.",
      );
    });
  }

  return (
    <section class="card stack" aria-labelledby="checker-title">
      <h2 id="checker-title">Password strength</h2>
      <p class="hint">
        With the check on, a text value that is easily guessed is rejected, with the reason: in new secrets, imports and
        new versions. Values that are stored already stay as they are.
      </p>
      <RequestStatus request={reading} what="settings" shown={on !== undefined} />
      {on !== undefined && (
        <label class="choice">
          <input
            type="checkbox"
            role="switch"
            checked={on}
            aria-disabled={busy}
            onClick={(event) => {
              // The switch shows what the server has, not what was asked of it.
              event.preventDefault();
              toggle();
            }}
          />
          Reject weak values
        </label>
      )}
      <ErrorMessage rejection={rejection} />
    </section>
  );
}
