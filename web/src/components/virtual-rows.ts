// Which rows of a long table are drawn: only those in sight, so that ten thousand scroll like ten.
//
// Only one row is in the Tab order: the arrow keys, Page Up and Down, Home and End walk through it, from a control to the
// one of the same name (`data-act`) in the other row.

import type { RefObject } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

// Rows drawn above and below what is seen, so that scrolling shows no gaps.
const MARGIN = 8;
// What Page Up and Page Down move by: about what fits.
const PAGE = 10;

export interface VirtualRows {
  /** The element that scrolls, around the table. */
  area: RefObject<HTMLDivElement | null>;
  /** Rows to draw: from the first up to, and without, the end. */
  first: number;
  end: number;
  /** Pixels of the rows above and below that are not drawn. */
  above: number;
  below: number;
  heightOf: (index: number) => number;
  /** Pixels of the whole width; 0 before anything is laid out. */
  width: number;
  /** The first row in sight. */
  top: number;
  /** Scrolls so that the row is the first in sight. */
  scrollTo: (index: number) => void;
  /** The row at which the Tab key stops. */
  stop: number;
  setStop: (index: number) => void;
  move: (event: KeyboardEvent) => void;
}

/** `height` tells the pixels of a row, given those of the whole width; it has to be the same function every time. */
export function useVirtualRows<T>(items: readonly T[], height: (item: T, width: number) => number): VirtualRows {
  const area = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 0, width: 0 });
  const [current, setCurrent] = useState(0);
  /** What the focus shall go to once its row is drawn. */
  const wanted = useRef<string | undefined>(undefined);
  const tops = useMemo(() => topsOf(items, (item) => height(item, view.width)), [items, view.width, height]);
  const last = items.length - 1;

  useLayoutEffect(() => {
    const box = area.current;
    if (box === null) return;
    const look = () =>
      setView((before) => {
        const seen = { top: box.scrollTop, height: box.clientHeight, width: box.clientWidth };
        const same = before.top === seen.top && before.height === seen.height && before.width === seen.width;
        return same ? before : seen;
      });
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
    const stop =
      row?.querySelector<HTMLElement>(`[data-act=${wanted.current}]`) ?? row?.querySelector<HTMLElement>("[data-act]");
    if (!stop) return;
    wanted.current = undefined;
    stop.focus();
  }, [current, view]);

  // A filter can leave less than was scrolled past.
  const top = Math.min(view.top, Math.max(0, topOf(tops, items.length) - view.height));
  const seen = rowAt(tops, top);
  const first = Math.max(0, seen - MARGIN);
  const end = Math.min(items.length, rowAt(tops, top + view.height) + 1 + MARGIN);
  // The row the Tab key stops at has to be drawn; one that is cut off above is passed over.
  const whole = topOf(tops, seen) < top ? seen + 1 : seen;
  const stop = current >= first && current < end ? current : Math.min(whole, last);

  function move(event: KeyboardEvent) {
    const { target, key } = event;
    const here = target instanceof HTMLElement ? target.dataset["act"] : undefined;
    const next = destination(key, stop, last);
    if (here === undefined || next === undefined || area.current === null) return;
    event.preventDefault();
    wanted.current = here;
    setCurrent(next);
    bringIntoView(area.current, topOf(tops, next), topOf(tops, next + 1));
  }

  return {
    area,
    first,
    end,
    above: topOf(tops, first),
    below: topOf(tops, items.length) - topOf(tops, end),
    width: view.width,
    top: seen,
    scrollTo: (index) => area.current?.scrollTo({ top: topOf(tops, index) }),
    heightOf: (index) => topOf(tops, index + 1) - topOf(tops, index),
    stop,
    setStop: setCurrent,
    move,
  };
}

/** Where each row begins, and after the last one where it ends. */
function topsOf<T>(items: readonly T[], height: (item: T) => number): Float64Array {
  const tops = new Float64Array(items.length + 1);
  items.forEach((item, index) => {
    tops[index + 1] = topOf(tops, index) + height(item);
  });
  return tops;
}

function topOf(tops: Float64Array, index: number): number {
  return tops[Math.min(index, tops.length - 1)] ?? 0;
}

/** The row at a height. */
function rowAt(tops: Float64Array, height: number): number {
  let low = 0;
  let high = tops.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (topOf(tops, middle) <= height) low = middle;
    else high = middle;
  }
  return low;
}

function destination(key: string, from: number, last: number): number | undefined {
  const steps: Record<string, number> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: PAGE,
    PageUp: -PAGE,
    Home: -last,
    End: last,
  };
  const step = steps[key];
  return step === undefined ? undefined : Math.max(0, Math.min(last, from + step));
}

function bringIntoView(box: HTMLElement, top: number, bottom: number): void {
  const head = box.querySelector("thead")?.clientHeight ?? 0;
  const below = bottom + head - box.clientHeight;
  if (box.scrollTop > top) box.scrollTop = top;
  if (box.scrollTop < below) box.scrollTop = below;
}
