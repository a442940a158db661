// The name of a secret, always in full: it breaks where its parts end, and anywhere only when a part is too long.

const PARTS = /[^-._]*[-._]+|[^-._]+/g;

export function Name({ children }: { children: string }) {
  const parts = children.match(PARTS) ?? [];
  return (
    <span class="breaking-name">
      {parts.map((part, index) => (
        <Part key={index} text={part} last={index === parts.length - 1} />
      ))}
    </span>
  );
}

function Part({ text, last }: { text: string; last: boolean }) {
  return (
    <>
      {text}
      {!last && <wbr />}
    </>
  );
}

/** The lines a name takes, given the letters that fit into one: never fewer than the browser needs. */
export function linesOfName(name: string, perLine: number): number {
  let lines = 1;
  let used = 0;
  for (const { length } of name.match(PARTS) ?? []) {
    if (used + length <= perLine) {
      used += length;
      continue;
    }
    if (used > 0) lines += 1;
    lines += Math.ceil(length / perLine) - 1;
    used = length - (Math.ceil(length / perLine) - 1) * perLine;
  }
  return lines;
}
