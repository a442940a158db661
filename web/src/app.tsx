// The frame around the screens: who is logged in, where one is, and how to get elsewhere.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { DeleteScreen } from "./delete/delete-screen";
import { ImportScreen } from "./import/import-screen";
import { forget } from "./import/state";
import { LogIn } from "./log-in";
import { Announcements } from "./parts/announce";
import { Logo } from "./parts/icons";
import { SecretsScreen } from "./secrets/secrets-screen";
import { end, session } from "./server/session";

const SCREENS = [
  { hash: "#/secrets", title: "Secrets", screen: SecretsScreen },
  { hash: "#/import", title: "Import", screen: ImportScreen },
  { hash: "#/delete", title: "Delete by instance", screen: DeleteScreen },
] as const;

const hash = signal(window.location.hash);
window.addEventListener("hashchange", () => {
  hash.value = window.location.hash;
});

export function App() {
  const current = SCREENS.find((candidate) => candidate.hash === hash.value) ?? SCREENS[0];
  const known = session.value !== undefined;

  useEffect(() => {
    document.title = known ? `${current.title} · Strongroom` : "Log in · Strongroom";
  }, [current, known]);

  return (
    <>
      {known ? <Frame current={current} /> : <LogIn />}
      <Announcements />
    </>
  );
}

function Frame({ current }: { current: (typeof SCREENS)[number] }) {
  const main = useRef<HTMLElement>(null);
  const shown = useRef(current);
  const Screen = current.screen;

  useEffect(() => {
    if (shown.current === current) return;
    shown.current = current;
    // A new screen starts at its heading, for the keyboard and the screen reader too.
    main.current?.querySelector<HTMLElement>("h1")?.focus();
  }, [current]);

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
        <a class="brand" href="#/secrets">
          <Logo />
          <span>Strongroom</span>
        </a>
        <nav aria-label="Screens">
          {SCREENS.map((entry) => (
            <a key={entry.hash} href={entry.hash} aria-current={entry === current ? "page" : undefined}>
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
        <Screen />
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
