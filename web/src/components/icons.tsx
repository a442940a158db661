// The few drawings of the page. Each stands beside words, so none is read aloud.

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect class="logo-body" x="2" y="2" width="28" height="28" rx="7" />
      <g class="logo-wheel">
        <circle cx="16" cy="16" r="8.2" />
        <circle class="logo-hub" cx="16" cy="16" r="2.2" />
        <path d="M16 13.8V7.8M17.9 17.1l5.2 3M14.1 17.1l-5.2 3" />
      </g>
    </svg>
  );
}

const PATHS = {
  dots: "M3.2 8h.01M8 8h.01M12.8 8h.01",
  menu: "M2 4h12M2 8h12M2 12h12",
  search: "M7 2.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM10.5 10.5L14 14",
  eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 100 3.6 1.8 1.8 0 000-3.6z",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  upload: "M8 11V3M4.8 6L8 2.8 11.2 6M3 13h10",
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
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
