// Reads JSON and remembers on which line everything stands, which the browser's own reader does not tell.
//
// Accepts exactly what JSON allows. The parts are decoded by the browser, so values come out as it would read them.

export class SyntaxProblem extends Error {
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

export type Node =
  | { kind: "object"; at: number; members: Member[] }
  | { kind: "array"; at: number; items: Node[] }
  | { kind: "scalar"; at: number; value: string | number | boolean | null };

export interface Member {
  key: string;
  at: number;
  node: Node;
}

// Deeper than any entry needs, and far from what would exhaust the stack.
const MAX_DEPTH = 64;

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const WORDS = [
  ["true", true],
  ["false", false],
  ["null", null],
] as const;

export function readJson(text: string): Node {
  const reader = new Reader(text);
  const node = reader.value(0);
  reader.end();
  return node;
}

class Reader {
  private offset = 0;

  constructor(private readonly text: string) {
    // A byte-order mark is left over from saving, not part of what was written.
    if (text.startsWith("\uFEFF")) this.offset = 1;
  }

  value(depth: number): Node {
    this.skip(SPACE);
    const at = this.offset;
    const next = this.text[at];
    if (depth > MAX_DEPTH) this.fail(`Nested more than ${MAX_DEPTH} levels deep.`);
    if (next === "{") return { kind: "object", at, members: this.members(depth) };
    if (next === "[") return { kind: "array", at, items: this.items(depth) };
    if (next === '"') return { kind: "scalar", at, value: this.string() };
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, at)) {
        this.offset += word.length;
        return { kind: "scalar", at, value };
      }
    }
    if (this.skip(NUMBER) > 0) return { kind: "scalar", at, value: Number(this.text.slice(at, this.offset)) };
    if (next === undefined) this.fail("The text ends where a value is missing.");
    return this.fail('Expected a value here: text in double quotes, a number, true, false, null, "{" or "[".');
  }

  end(): void {
    this.skip(SPACE);
    if (this.offset < this.text.length) this.fail("Something follows after the end of the JSON text. Remove it.");
  }

  private members(depth: number): Member[] {
    const members: Member[] = [];
    this.offset += 1;
    if (this.take("}")) return members;
    do {
      this.skip(SPACE);
      const at = this.offset;
      if (this.text[at] === "}") this.fail("The comma before this brace is one too many. Remove it.");
      if (this.text[at] !== '"') this.fail("Expected the name of a field in double quotes.");
      const key = this.string();
      if (!this.take(":")) this.fail("Expected a colon after the name of the field.");
      members.push({ key, at, node: this.value(depth + 1) });
    } while (this.take(","));
    if (!this.take("}")) this.fail('Expected a comma or "}" here.');
    return members;
  }

  private items(depth: number): Node[] {
    const items: Node[] = [];
    this.offset += 1;
    if (this.take("]")) return items;
    do {
      this.skip(SPACE);
      if (this.text[this.offset] === "]") this.fail("The comma before this bracket is one too many. Remove it.");
      items.push(this.value(depth + 1));
    } while (this.take(","));
    if (!this.take("]")) this.fail('Expected a comma or "]" here.');
    return items;
  }

  private string(): string {
    const start = this.offset;
    this.offset += 1;
    for (;;) {
      this.skip(PLAIN);
      const next = this.text[this.offset];
      if (next === '"') break;
      if (next === undefined) this.fail("The text ends inside double quotes.");
      if (next === "\\") {
        if (this.skip(ESCAPE) === 0) this.fail('Not an escape JSON knows. A backslash itself is written "\\\\".');
      } else {
        this.fail('Line breaks and tabs inside double quotes are written "\\n" and "\\t".');
      }
    }
    this.offset += 1;
    const value = JSON.parse(this.text.slice(start, this.offset)) as string;
    // Half a character cannot be sent, and would arrive as another one.
    if (!value.isWellFormed()) {
      this.offset = start;
      this.fail("This text holds half of a character (a lone \\u escape). Write both halves.");
    }
    return value;
  }

  private take(wanted: string): boolean {
    this.skip(SPACE);
    if (this.text[this.offset] !== wanted) return false;
    this.offset += 1;
    return true;
  }

  private skip(pattern: RegExp): number {
    pattern.lastIndex = this.offset;
    const length = pattern.exec(this.text)?.[0].length ?? 0;
    this.offset += length;
    return length;
  }

  private fail(message: string): never {
    throw new SyntaxProblem(this.offset, message);
  }
}
