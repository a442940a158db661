// Something that is on or off.

interface SwitchProps {
  label: string;
  on: boolean;
  turn: (on: boolean) => void;
  disabled?: boolean;
}

export function Switch({ label, on, turn, disabled }: SwitchProps) {
  return (
    <label class="choice">
      <input type="checkbox" checked={on} disabled={disabled} onChange={(event) => turn(event.currentTarget.checked)} />
      {label}
    </label>
  );
}
