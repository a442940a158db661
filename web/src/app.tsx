// The frame around the screens: who is logged in, where one is, and how to get elsewhere.

import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { AccountScreen } from "./account/account-screen";
import { logOut as endToken } from "./api/client";
import { session } from "./api/session";
import { BatchScreen } from "./batches/batch-screen";
import { BatchesScreen } from "./batches/batches-screen";
import { DeleteScreen } from "./bulk-delete/delete-screen";
import { Dialog } from "./components/dialog";
import { Icon, Logo } from "./components/icons";
import { Toasts } from "./components/toast";
import { ImportScreen } from "./import/import-screen";
import { forget } from "./import/state";
import { LogIn } from "./log-in";
import { BATCHES, clearParams, hash, IMPORT, listAddress, namedIn, path, SECRETS } from "./route";
import { SecretScreen } from "./secret-detail/secret-screen";
import { SecretsScreen } from "./secret-list/secrets-screen";
import { SettingsScreen } from "./settings/settings-screen";
import { isAnythingUnsaved, LeaveQuestion } from "./unsaved";

interface Entry {
  address: string;
  title: string;
  screen: ComponentType;
  /** The screen of one thing that the address names. */
  one?: ComponentType<{ id: string }>;
  /** A long list that fills the window. */
  list?: boolean;
}

const SCREENS: readonly Entry[] = [
  { address: SECRETS, title: "Secrets", screen: SecretsScreen, one: OneSecret, list: true },
  { address: IMPORT, title: "Import", screen: ImportScreen },
  { address: "#/delete", title: "Delete by instance", screen: DeleteScreen },
  { address: BATCHES, title: "Batches", screen: BatchesScreen, one: BatchScreen },
  { address: "#/settings", title: "Settings", screen: SettingsScreen },
  { address: "#/account", title: "Account", screen: AccountScreen },
];
const HOME = SCREENS[0] as Entry;

function OneSecret({ id }: { id: string }) {
  return <SecretScreen name={id} />;
}

/** The screen an address leads to, and the one thing it is about. */
function screenOf(address: string): { entry: Entry; one: string | undefined } {
  for (const entry of SCREENS) {
    const one = namedIn(address, entry.address);
    if (one !== undefined && entry.one !== undefined) return { entry, one };
  }
  return { entry: SCREENS.find((entry) => entry.address === address) ?? HOME, one: undefined };
}

export function App() {
  const { entry, one } = screenOf(path.value);
  const known = session.value !== undefined;
  // The name of a secret says something; the id of a batch does not.
  const title = entry.address === SECRETS && one !== undefined ? one : entry.title;

  useEffect(() => {
    document.title = known ? `${title} · Strongroom` : "Log in · Strongroom";
  }, [title, known]);

  return (
    <>
      {known ? <Frame current={entry} one={one} /> : <LogIn />}
      <Toasts />
    </>
  );
}

function Frame({ current, one }: { current: Entry; one: string | undefined }) {
  const main = useRef<HTMLElement>(null);
  const here = `${current.address}/${one ?? ""}`;
  const { screen: Screen, one: One } = current;
  const fills = current.list === true && one === undefined;

  useEffect(() => {
    // A new screen starts at its heading, for the keyboard and the screen reader too; so does the one after logging in.
    main.current?.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [here]);

  return (
    <div class={fills ? "frame fills" : "frame"}>
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
      <Top current={current} />
      <main id="main" ref={main} tabIndex={-1}>
        {one !== undefined && One !== undefined ? <One key={one} id={one} /> : <Screen />}
      </main>
      <footer class="foot">
        <a href="/explorer/">API explorer</a>
        <a href="/openapi.yaml">OpenAPI description</a>
      </footer>
      <LeaveQuestion />
    </div>
  );
}

function Top({ current }: { current: Entry }) {
  const [open, setOpen] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const button = useRef<HTMLButtonElement>(null);

  // Going somewhere closes the menu that led there.
  useEffect(() => setOpen(false), [hash.value]);

  return (
    <header
      class={open ? "top open" : "top"}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        setOpen(false);
        button.current?.focus();
      }}
    >
      <a class="brand" href={SECRETS}>
        <Logo />
        <span>Strongroom</span>
      </a>
      <button
        class="button quiet menu-toggle"
        type="button"
        ref={button}
        aria-expanded={open}
        aria-controls="navigation"
        onClick={() => setOpen(!open)}
      >
        <Icon name={open ? "cross" : "menu"} />
        Menu
      </button>
      <div class="navigation" id="navigation">
        <nav aria-label="Screens">
          {SCREENS.map((entry) => (
            <a
              key={entry.address}
              href={entry.address === SECRETS ? listAddress.value : entry.address}
              aria-current={entry === current ? "page" : undefined}
            >
              {entry.title}
            </a>
          ))}
        </nav>
        <div class="who">
          <bdi class="who-name" title={`Account ${session.value?.account}, project ${session.value?.project}`}>
            {session.value?.user} · {session.value?.project}
          </bdi>
          <button
            class="button quiet"
            type="button"
            onClick={() => (isAnythingUnsaved() ? setLeaving(true) : logOut())}
          >
            Log out
          </button>
        </div>
      </div>
      {leaving && (
        <Dialog title="Log out and discard what you entered?" onClose={() => setLeaving(false)}>
          <p>What you entered is not saved. Logging out discards it.</p>
          <div class="actions">
            <button class="button" type="button" onClick={logOut}>
              Discard and log out
            </button>
            <button class="button primary" type="button" autofocus onClick={() => setLeaving(false)}>
              Stay
            </button>
          </div>
        </Dialog>
      )}
    </header>
  );
}

function logOut() {
  forget();
  // What was searched for is nobody else's business.
  clearParams();
  void endToken();
}
