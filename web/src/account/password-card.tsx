// A new password, which logs everybody out who is logged in as this user.

import { useRef, useState } from "preact/hooks";
import { iam, logIn } from "../api/client";
import { rejectionOf } from "../api/rejection";
import { useRequest } from "../api/request";
import { begin, end, session } from "../api/session";
import { ErrorMessage } from "../components/error-message";
import { Field } from "../components/field";
import { announce } from "../components/toast";
import { judgeUserPassword } from "../rules";

type Name = "original" | "password" | "again";

const NOTHING = { original: "", password: "", again: "" };

export function PasswordCard() {
  const form = useRef<HTMLFormElement>(null);
  const [typed, setTyped] = useState<Record<Name, string>>(NOTHING);
  const [tried, setTried] = useState(false);
  const { busy, rejection, send, clear } = useRequest();
  const user = session.value?.user ?? "";

  const problems: Record<Name, string[]> = {
    original: typed.original === "" ? ["Enter the password you log in with now."] : [],
    password: judgeUserPassword(typed.password, user).map((problem) => problem.message),
    again: typed.again === typed.password ? [] : ["The passwords differ. Enter the same password twice."],
  };
  // What the server blames a field for stands at the field.
  for (const violation of rejection?.violations ?? []) {
    const name = violation.field === "user.original_password" ? "original" : "password";
    problems[name].push(violation.description);
  }
  const wrong = Object.values(problems).some((found) => found.length > 0);

  function submit(event: Event) {
    event.preventDefault();
    setTried(true);
    if (wrong) {
      focusWrong(form.current);
      return;
    }
    void send(async () => {
      try {
        await iam.changePassword({ user: { originalPassword: typed.original, password: typed.password } });
      } catch (thrown) {
        if (rejectionOf(thrown).violations.length > 0) setTimeout(() => focusWrong(form.current));
        throw thrown;
      }
      await comeBack(typed.password);
      setTyped(NOTHING);
      setTried(false);
      announce("Your password is changed. Everybody else who was logged in as you is logged out.");
    });
  }

  const box = (name: Name, label: string, autocomplete: "current-password" | "new-password", hint?: string) => (
    <Field label={label} hint={hint} problems={tried ? problems[name] : []}>
      {(tied) => (
        <input
          {...tied}
          type="password"
          autocomplete={autocomplete}
          value={typed[name]}
          onInput={(event) => {
            setTyped({ ...typed, [name]: event.currentTarget.value });
            clear();
          }}
        />
      )}
    </Field>
  );

  return (
    <section class="card stack" aria-labelledby="password-title">
      <h2 id="password-title">Password</h2>
      <p class="hint">
        Changing it logs out everybody who is logged in as you, on every device. You stay logged in here, and access
        keys stay valid.
      </p>
      <form class="stack" ref={form} onSubmit={submit} noValidate>
        {/* For password managers, which keep the new one under this name. */}
        <div class="unseen" aria-hidden="true">
          <input type="text" autocomplete="username" value={user} readOnly tabIndex={-1} />
        </div>
        {box("original", "Current password", "current-password")}
        {box("password", "New password", "new-password", "8 to 128 characters of at least two kinds.")}
        {box("again", "Repeat new password", "new-password")}
        {(rejection?.violations ?? []).length === 0 && <ErrorMessage rejection={rejection} />}
        <div class="actions start">
          <button class="button primary" type="submit" aria-disabled={busy}>
            {busy ? "Changing…" : "Change password"}
          </button>
        </div>
      </form>
    </section>
  );
}

function focusWrong(form: HTMLFormElement | null): void {
  // Once what is wrong has been drawn.
  setTimeout(() => form?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
}

/** The token of this session has ended with the others. */
async function comeBack(password: string): Promise<void> {
  const known = session.peek();
  if (known === undefined) return;
  try {
    begin(await logIn(known.account, known.user, password));
  } catch {
    end("Your password is changed. Log in with the new one.");
  }
}
