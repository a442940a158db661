// The frame around the screens: who is logged in, where one is, and how to get elsewhere.

import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { DeleteScreen } from "./delete/delete-screen";
import { ImportScreen } from "./import/import-screen";
import { forget } from "./import/state";
import { LogIn } from "./log-in";
import { Announcements } from "./parts/announce";
import { Logo } from "./parts/icons";
import { hash, SECRETS, secretIn } from "./route";
import { SecretScreen } from "./secret/secret-screen";
import { SecretsScreen } from "./secrets/secrets-screen";
import { end, session } from "./server/session";
import { SettingsScreen } from "./settings/settings-screen";

interface Entry {
  address: string;
  title: string;
  screen: ComponentType;
}

const SCREENS = [
  { address: SECRETS, title: "Secrets", screen: SecretsScreen },
  { address: "#/import", title: "Import", screen: ImportScreen },
  { address: "#/delete", title: "Delete by instance", screen: DeleteScreen },
  { address: "#/settings", title: "Settings", screen: SettingsScreen },
] as const satisfies readonly Entry[];

export function App() {
  const address = hash.value;
  const secret = secretIn(address);
  const current = SCREENS.find((screen) => screen.address === address) ?? SCREENS[0];
  const known = session.value !== undefined;
  const title = secret ?? current.title;

  useEffect(() => {
    document.title = known ? `${title} · Strongroom` : "Log in · Strongroom";
  }, [title, known]);

  return (
    <>
      {known ? <Frame current={current} secret={secret} /> : <LogIn />}
      <Announcements />
    </>
  );
}

function Frame({ current, secret }: { current: Entry; secret: string | undefined }) {
  const main = useRef<HTMLElement>(null);
  const here = secret ?? current;
  const shown = useRef(here);
  const Screen = current.screen;

  useEffect(() => {
    if (shown.current === here) return;
    shown.current = here;
    // A new screen starts at its heading, for the keyboard and the screen reader too.
    main.current?.querySelector<HTMLElement>("h1")?.focus();
  }, [here]);

  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href={SECRETS}>
          <Logo />
          <span>Strongroom</span>
        </a>
        <nav aria-label="Screens">
          {SCREENS.map((entry) => (
            <a key={entry.address} href={entry.address} aria-current={entry === current ? "page" : undefined}>
              {entry.title}
            </a>
          ))}
        </nav>
        <div class="who">
          <span class="who-name" title={`Account ${session.value?.account}, project ${session.value?.project}`}>
            {session.value?.user} · {session.value?.project}
          </span>
          <button class="button quiet" type="button" onClick={logOut}>
            Log out
          </button>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {secret === undefined ? <Screen /> : <SecretScreen key={secret} name={secret} />}
      </main>
      <footer class="foot">
        <a href="/explorer/">API explorer</a>
        <a href="/openapi.yaml">OpenAPI description</a>
      </footer>
    </>
  );
}

function logOut() {
  forget();
  end("You are logged out.");
}
