// One of several that exclude each other.

interface ChoiceProps {
  /** The same for all that exclude each other. */
  name: string;
  label: string;
  on: boolean;
  pick: () => void;
}

export function Choice({ name, label, on, pick }: ChoiceProps) {
  return (
    <label class="choice">
      <input type="radio" name={name} checked={on} onChange={pick} />
      {label}
    </label>
  );
}
