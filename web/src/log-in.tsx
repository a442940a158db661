// Logging in: account, user and password against a token.

import { useEffect, useRef, useState } from "preact/hooks";
import { logIn } from "./api/client";
import { useRequest } from "./api/request";
import { begin, loggedOutReason } from "./api/session";
import { ErrorMessage } from "./components/error-message";
import { Field } from "./components/field";
import { Logo } from "./components/icons";
import { claim } from "./import/state";

export function LogIn() {
  const form = useRef<HTMLFormElement>(null);
  const [missing, setMissing] = useState<string[]>([]);
  const { busy, rejection, send, clear } = useRequest();

  // Not by an attribute: browsers heed it only while the page loads, and this screen also comes later.
  useEffect(() => focus("account"), []);

  const focus = (name: string) => form.current?.querySelector<HTMLInputElement>(`[name=${name}]`)?.focus();

  async function submit(event: Event) {
    event.preventDefault();
    if (form.current === null) return;
    const given = new FormData(form.current);
    const text = (name: string) => String(given.get(name) ?? "");

    const empty = ["account", "user", "password"].filter((name) => text(name) === "");
    setMissing(empty);
    clear();
    if (empty[0] !== undefined) {
      focus(empty[0]);
      return;
    }

    await send(async () => {
      const begun = await logIn(text("account").trim(), text("user").trim(), text("password"));
      claim(`${begun.account}/${begun.user}`);
      begin(begun);
    });
    // Ready to be typed over, if that did not succeed.
    form.current?.querySelector<HTMLInputElement>("[name=password]")?.select();
  }

  const problem = (name: string, sentence: string) => (missing.includes(name) ? [sentence] : []);

  return (
    <main class="log-in" id="main">
      <form class="card" ref={form} onSubmit={submit} noValidate>
        <div class="log-in-brand">
          <Logo />
          <h1>Log in to Strongroom</h1>
        </div>
        {loggedOutReason.value !== "" && (
          <p class="notice" role="status">
            {loggedOutReason.value}
          </p>
        )}
        <Field label="Account" problems={problem("account", "Enter the name of the account.")}>
          {(tied) => (
            <input {...tied} name="account" autocomplete="organization" autocapitalize="off" spellcheck={false} />
          )}
        </Field>
        <Field label="User" problems={problem("user", "Enter the name of the user.")}>
          {(tied) => <input {...tied} name="user" autocomplete="username" autocapitalize="off" spellcheck={false} />}
        </Field>
        <Field label="Password" problems={problem("password", "Enter the password.")}>
          {(tied) => <input {...tied} name="password" type="password" autocomplete="current-password" />}
        </Field>
        <ErrorMessage rejection={rejection} />
        <button class="button primary" type="submit" aria-disabled={busy}>
          {busy ? "Logging in…" : "Log in"}
        </button>
        <p class="hint">
          The first start of the server writes account, user and password to <code>credentials.json</code> in its data
          folder.
        </p>
      </form>
    </main>
  );
}
