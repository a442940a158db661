// Moments as people read them.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// The page speaks English, so its dates do too; the time zone is the reader's.
const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });
const dateAndTime = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const distance = new Intl.RelativeTimeFormat("en-GB", { numeric: "always" });

export function showDate(milliseconds: number): string {
  return date.format(milliseconds);
}

export function showMoment(milliseconds: number): string {
  return dateAndTime.format(milliseconds);
}

/** How far away a moment is: "in 6 days". */
export function showDistance(milliseconds: number, now: number): string {
  const left = milliseconds - now;
  if (left <= 0) return "now";
  if (left < HOUR) return distance.format(Math.ceil(left / MINUTE), "minute");
  // Below two days the hours decide whether somebody can still act.
  if (left < 2 * DAY) return distance.format(Math.round(left / HOUR), "hour");
  return distance.format(Math.round(left / DAY), "day");
}

export function daysFrom(now: number, days: number): number {
  return now + days * DAY;
}
