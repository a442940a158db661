// The frame around the screens: who is logged in, where one is, and how to get elsewhere.

import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { AccountScreen } from "./account/account-screen";
import { logOut as endToken } from "./api/client";
import { session } from "./api/session";
import { BatchScreen } from "./batches/batch-screen";
import { BatchesScreen } from "./batches/batches-screen";
import { DeleteScreen } from "./bulk-delete/delete-screen";
import { Logo } from "./components/icons";
import { Announcements } from "./components/toast";
import { ImportScreen } from "./import/import-screen";
import { forget } from "./import/state";
import { LogIn } from "./log-in";
import { BATCHES, hash, namedIn, SECRETS } from "./route";
import { SecretScreen } from "./secret-detail/secret-screen";
import { SecretsScreen } from "./secret-list/secrets-screen";
import { SettingsScreen } from "./settings/settings-screen";

interface Entry {
  address: string;
  title: string;
  screen: ComponentType;
  /** The screen of one thing that the address names. */
  one?: ComponentType<{ id: string }>;
}

const SCREENS = [
  { address: SECRETS, title: "Secrets", screen: SecretsScreen, one: OneSecret },
  { address: "#/import", title: "Import", screen: ImportScreen },
  { address: "#/delete", title: "Delete by instance", screen: DeleteScreen },
  { address: BATCHES, title: "Batches", screen: BatchesScreen, one: BatchScreen },
  { address: "#/settings", title: "Settings", screen: SettingsScreen },
  { address: "#/account", title: "Account", screen: AccountScreen },
] as const satisfies readonly Entry[];

function OneSecret({ id }: { id: string }) {
  return <SecretScreen name={id} />;
}

/** The screen an address leads to, and the one thing it is about. */
function placeOf(address: string): { entry: Entry; one: string | undefined } {
  for (const entry of SCREENS) {
    const one = namedIn(address, entry.address);
    if (one !== undefined && "one" in entry) return { entry, one };
  }
  return { entry: SCREENS.find((entry) => entry.address === address) ?? SCREENS[0], one: undefined };
}

export function App() {
  const { entry, one } = placeOf(hash.value);
  const known = session.value !== undefined;
  // The name of a secret says something; the id of a batch does not.
  const title = entry.address === SECRETS && one !== undefined ? one : entry.title;

  useEffect(() => {
    document.title = known ? `${title} · Strongroom` : "Log in · Strongroom";
  }, [title, known]);

  return (
    <>
      {known ? <Frame current={entry} one={one} /> : <LogIn />}
      <Announcements />
    </>
  );
}

function Frame({ current, one }: { current: Entry; one: string | undefined }) {
  const main = useRef<HTMLElement>(null);
  const here = `${current.address}/${one ?? ""}`;
  const shown = useRef(here);
  const { screen: Screen, one: One } = current;

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
        {one !== undefined && One !== undefined ? <One key={one} id={one} /> : <Screen />}
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
  void endToken();
}
