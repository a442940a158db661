// A button that opens a short menu of actions, with the keyboard of every other menu: arrows, Home, End, letters, Escape.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icons";

export interface MenuItem {
  label: string;
  /** Cannot be undone: set apart from the others. */
  danger?: boolean;
  run: () => void;
}

interface MenuButtonProps {
  /** What the actions are about, for screen readers. */
  label: string;
  items: readonly MenuItem[];
  class?: string;
  tabIndex?: number;
  /** Three dots when there is nothing else. */
  children?: ComponentChildren;
}

// Pixels between the button and its menu, and between the menu and the edge of the window.
const GAP = 4;
const EDGE = 8;

export function MenuButton({ label, items, class: extra, tabIndex, children }: MenuButtonProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const id = useId();

  return (
    <>
      <button
        ref={button}
        class={`button ${extra ?? "quiet icon-only"}`}
        type="button"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        data-act="menu"
        {...(tabIndex !== undefined && { tabIndex })}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          // Arrows walk through the rows of a list; with Alt they open what is here, as in a select.
          if (event.key !== "ArrowDown" || !event.altKey) return;
          event.preventDefault();
          event.stopPropagation();
          setOpen(true);
        }}
      >
        {children ?? <Icon name="dots" />}
      </button>
      {open && <Menu id={id} label={label} items={items} button={button.current} onClose={() => setOpen(false)} />}
    </>
  );
}

interface MenuProps {
  id: string;
  label: string;
  items: readonly MenuItem[];
  button: HTMLButtonElement | null;
  onClose: () => void;
}

function Menu({ id, label, items, button, onClose }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    const box = menu.current;
    if (box === null || button === null) return;
    // On top of everything, an open dialog too.
    box.showPopover();
    const { top, right, bottom } = button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = box;
    const below = bottom + GAP;
    box.style.left = `${Math.max(EDGE, Math.min(right - width, window.innerWidth - width - EDGE))}px`;
    box.style.top = `${below + height > window.innerHeight - EDGE ? Math.max(EDGE, top - GAP - height) : below}px`;
    box.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }, [button]);

  useEffect(() => {
    // The list may move under an open menu, and the menu would stay where it is.
    const scrolled = (event: Event) => event.target !== menu.current && onClose();
    const pressed = ({ target }: Event) => {
      if (target instanceof Node && !menu.current?.contains(target) && !button?.contains(target)) onClose();
    };
    window.addEventListener("scroll", scrolled, { capture: true, passive: true });
    window.addEventListener("resize", onClose);
    window.addEventListener("pointerdown", pressed);
    return () => {
      window.removeEventListener("scroll", scrolled, { capture: true });
      window.removeEventListener("resize", onClose);
      window.removeEventListener("pointerdown", pressed);
    };
  }, []);

  function close() {
    button?.focus();
    onClose();
  }

  function move(event: KeyboardEvent) {
    const all = [...(menu.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const here = all.indexOf(document.activeElement as HTMLElement);
    const last = all.length - 1;
    const steps: Record<string, number> = {
      ArrowDown: here === last ? 0 : here + 1,
      ArrowUp: here <= 0 ? last : here - 1,
      Home: 0,
      End: last,
    };
    const letter = all.findIndex((item, index) => index > here && startsWith(item, event.key));
    const next = steps[event.key] ?? (letter >= 0 ? letter : all.findIndex((item) => startsWith(item, event.key)));
    event.stopPropagation();
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      close();
    } else if (next >= 0) {
      event.preventDefault();
      all[next]?.focus();
    }
  }

  return (
    <div class="menu" id={id} ref={menu} popover="manual" role="menu" aria-label={label} onKeyDown={move}>
      {items.map(({ label: words, danger, run }) => (
        <button
          key={words}
          class={danger ? "menu-item danger" : "menu-item"}
          type="button"
          role="menuitem"
          tabIndex={-1}
          onClick={() => {
            // Before the action: a dialog it opens gives the focus back to where it was.
            close();
            run();
          }}
        >
          {words}
        </button>
      ))}
    </div>
  );
}

function startsWith(item: HTMLElement, key: string): boolean {
  return key.length === 1 && (item.textContent ?? "").toLowerCase().startsWith(key.toLowerCase());
}
