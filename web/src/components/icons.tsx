// The few drawings of the page. Each stands beside words, so none is read aloud.

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect class="logo-transport" x="2" y="2" width="28" height="28" rx="7" />
      <g class="logo-wheel">
        <circle cx="16" cy="16" r="8.2" />
        <circle class="logo-hub" cx="16" cy="16" r="2.2" />
        <path d="M16 13.8V7.8M17.9 17.1l5.2 3M14.1 17.1l-5.2 3" />
      </g>
    </svg>
  );
}

const PATHS = {
  plus: "M8 3v10M3 8h10",
  pencil: "M3 13l.6-2.8L10.8 3 13 5.2 5.8 12.4zM9.4 4.4l2.2 2.2",
  cross: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.5l3.2 3.2L13 4.8",
  warning: "M8 2.5l6 11H2zM8 7v3M8 12v.2",
  clock: "M8 2a6 6 0 100 12A6 6 0 008 2zM8 5v3.2l2.2 1.4",
  reload: "M13 8a5 5 0 11-1.6-3.7M13 2.5v3h-3",
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
