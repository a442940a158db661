// Numbers as people read them.

const grouped = new Intl.NumberFormat("en-GB");

export function showNumber(number: number | bigint): string {
  return grouped.format(number);
}

export function countSecrets(count: number): string {
  return count === 1 ? "1 secret" : `${showNumber(count)} secrets`;
}
