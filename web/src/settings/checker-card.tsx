// Whether weak values are rejected.

import { useEffect, useState } from "preact/hooks";
import { announce } from "../parts/announce";
import { Rejected } from "../parts/rejected";
import { useSend } from "../parts/use-send";
import { checker as server } from "../server/client";

export function CheckerCard() {
  const [on, setOn] = useState<boolean>();
  const { busy, rejection, send } = useSend();

  useEffect(() => {
    void send(async () => setOn((await server.showSecretsConfig({})).checkingSecretStrength));
  }, []);

  function toggle() {
    void send(async () => {
      const answer = await server.updateSecretsConfig({ checkingSecretStrength: !on });
      setOn(answer.checkingSecretStrength);
      announce(answer.checkingSecretStrength ? "Weak values are rejected from now on." : "Weak values are accepted again.");
    });
  }

  return (
    <section class="card stack" aria-labelledby="checker-title">
      <h2 id="checker-title">Password strength</h2>
      <p class="hint">
        With the check on, a text value that is easily guessed is rejected, with the reason: in new secrets, imports and
        new versions. Values that are stored already stay as they are.
      </p>
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
      <Rejected rejection={rejection} />
    </section>
  );
}
