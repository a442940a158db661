// A table that draws only the rows in sight, so that ten thousand scroll like ten.
//
// Only one row is in the Tab order: the arrow keys, Page Up and Down, Home and End walk through it.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { type RowAct, SecretRow } from "./secret-row";

// Must equal the height of a row in secrets.css.
const ROW = 52;
// Rows drawn above and below what is seen, so that scrolling shows no gaps.
const MARGIN = 8;
// What Page Up and Page Down move by: about what fits.
const PAGE = 10;

interface TableProps {
  secrets: readonly Secret[];
  act: (wanted: RowAct, secret: Secret) => void;
}

export function SecretsTable({ secrets, act }: TableProps) {
  const area = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 0 });
  const [current, setCurrent] = useState(0);
  /** What the focus shall go to once its row is drawn. */
  const wanted = useRef<string | undefined>(undefined);

  useLayoutEffect(() => {
    const box = area.current;
    if (box === null) return;
    const look = () => setView({ top: box.scrollTop, height: box.clientHeight });
    const observer = new ResizeObserver(look);
    observer.observe(box);
    box.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener("scroll", look);
    };
  }, []);

  useLayoutEffect(() => {
    if (wanted.current === undefined) return;
    const row = area.current?.querySelector(`[aria-rowindex="${current + 2}"]`);
    const stop = row?.querySelector<HTMLElement>(`[data-act=${wanted.current}]`) ?? row?.querySelector<HTMLElement>("[data-act]");
    if (!stop) return;
    wanted.current = undefined;
    stop.focus();
  }, [current, view]);

  // A search can leave less than was scrolled past.
  const top = Math.min(view.top, Math.max(0, secrets.length * ROW - view.height));
  const first = Math.max(0, Math.floor(top / ROW) - MARGIN);
  const end = Math.min(secrets.length, Math.ceil((top + view.height) / ROW) + MARGIN);
  // The row the Tab key stops at has to be drawn.
  const stop = current >= first && current < end ? current : Math.min(Math.ceil(top / ROW), secrets.length - 1);

  function move(event: KeyboardEvent) {
    const { target, key } = event;
    const here = target instanceof HTMLElement ? target.dataset["act"] : undefined;
    const next = destination(key, stop, secrets.length - 1);
    if (here === undefined || next === undefined || area.current === null) return;
    event.preventDefault();
    wanted.current = here;
    setCurrent(next);
    bringIntoView(area.current, next);
  }

  return (
    <div class="table-area" ref={area} onKeyDown={move}>
      <table class="secrets" aria-label="Secrets of the project" aria-rowcount={secrets.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col">Name</th>
            <th scope="col">State</th>
            <th scope="col" class="extra">
              Type
            </th>
            <th scope="col" class="tags">
              Tags
            </th>
            <th scope="col" class="used">
              Last read
            </th>
            <th scope="col" class="acts">
              Actions
            </th>
          </tr>
        </thead>
        <tbody>
          <Gap rows={first} />
          {secrets.slice(first, end).map((secret, offset) => (
            <SecretRow
              key={secret.id}
              secret={secret}
              index={first + offset}
              stop={first + offset === stop}
              act={act}
              onFocus={() => setCurrent(first + offset)}
            />
          ))}
          <Gap rows={secrets.length - end} />
        </tbody>
      </table>
      {secrets.length === 0 && <p class="empty">No secret matches the search.</p>}
    </div>
  );
}

function Gap({ rows }: { rows: number }) {
  if (rows <= 0) return null;
  return (
    <tr class="gap" aria-hidden="true">
      <td colSpan={6} style={{ height: `${rows * ROW}px` }} />
    </tr>
  );
}

function destination(key: string, from: number, last: number): number | undefined {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE, Home: -last, End: last };
  const step = steps[key];
  return step === undefined ? undefined : Math.max(0, Math.min(last, from + step));
}

function bringIntoView(box: HTMLElement, index: number): void {
  const head = box.querySelector("thead")?.clientHeight ?? 0;
  const above = index * ROW;
  const below = above + ROW + head - box.clientHeight;
  if (box.scrollTop > above) box.scrollTop = above;
  if (box.scrollTop < below) box.scrollTop = below;
}
