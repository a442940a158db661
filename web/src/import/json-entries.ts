// From the text of a JSON body to entries, each with the lines it stands on.

import { type Node, readJson, SyntaxProblem } from "./json-reader";

/** An entry as it was written, to be judged: nothing is known about its fields yet. */
export interface WrittenEntry {
  value: unknown;
  /** Line of the entry, from 1. */
  line: number;
  /** Lines of its fields, from 1. */
  lines: ReadonlyMap<string, number>;
}

export type ReadText =
  | { kind: "empty" }
  | { kind: "broken"; line: number; column: number; message: string }
  | { kind: "entries"; entries: WrittenEntry[] };

export function readEntries(text: string): ReadText {
  if (text.trim() === "") return { kind: "empty" };
  const lines = new Lines(text);
  try {
    const items = entryNodes(readJson(text));
    return { kind: "entries", entries: items.map((item) => written(item, lines)) };
  } catch (thrown) {
    if (!(thrown instanceof SyntaxProblem)) throw thrown;
    return { kind: "broken", line: lines.line(thrown.offset), column: lines.column(thrown.offset), message: thrown.message };
  }
}

function entryNodes(root: Node): Node[] {
  if (root.kind === "array") return root.items;
  if (root.kind === "scalar") throw new SyntaxProblem(root.at, EXPECTED);
  const found = root.members.filter((member) => member.key === "secrets");
  const secrets = found.at(-1);
  if (secrets === undefined) throw new SyntaxProblem(root.at, EXPECTED);
  if (found.length > 1) throw new SyntaxProblem(secrets.at, 'There is more than one "secrets". Keep one list.');
  if (secrets.node.kind !== "array") throw new SyntaxProblem(secrets.node.at, '"secrets" has to be a list: [ … ].');
  return secrets.node.items;
}

const EXPECTED = 'Expected {"secrets": [ … ]} or a bare list of entries.';

function written(node: Node, lines: Lines): WrittenEntry {
  const fields = new Map<string, number>();
  if (node.kind === "object") {
    for (const member of node.members) {
      // Readers disagree on which one counts, so neither may.
      if (fields.has(member.key)) throw new SyntaxProblem(member.at, "This field is given twice in the entry. Keep one.");
      fields.set(member.key, lines.line(member.at));
    }
  }
  return { value: plain(node), line: lines.line(node.at), lines: fields };
}

function plain(node: Node): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "array") return node.items.map(plain);
  return Object.fromEntries(node.members.map((member) => [member.key, plain(member.node)]));
}

/** Turns places in a text into lines and columns, both from 1. */
class Lines {
  private readonly starts = [0];

  constructor(text: string) {
    for (let found = text.indexOf("\n"); found >= 0; found = text.indexOf("\n", found + 1)) this.starts.push(found + 1);
  }

  line(offset: number): number {
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  column(offset: number): number {
    return offset - (this.starts[this.line(offset) - 1] ?? 0) + 1;
  }
}
