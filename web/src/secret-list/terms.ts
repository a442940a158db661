// The terms of a search, so that a filter can be put in and taken out without touching the rest.

// A term ends at a space, unless the space stands inside double quotes.
const TERM = /(?:"(?:\\.|[^"\\])*"?|[^\s"])+/g;

export function termsOf(query: string): string[] {
  return query.match(TERM) ?? [];
}

export function hasTerm(query: string, term: string): boolean {
  return termsOf(query).includes(term);
}

/** Puts the term at the end, or takes it out where it is. */
export function toggleTerm(query: string, term: string): string {
  const terms = termsOf(query);
  return (hasTerm(query, term) ? terms.filter((there) => there !== term) : [...terms, term]).join(" ");
}

/** The term that finds a tag. */
export function tagTerm(key: string, value?: string): string {
  return value === undefined ? `tag:${quoted(key)}` : `tag:${quoted(key)}=${quoted(value)}`;
}

function quoted(text: string): string {
  if (text === "") return "";
  return /^[\p{L}\p{N}_.+@-]+$/u.test(text) ? text : `"${text}"`;
}
