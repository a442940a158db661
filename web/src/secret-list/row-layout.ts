// How a row of the list is laid out at a width, and how high it is: rows out of sight are not drawn, but have to be
// reckoned with. Names are always shown in full, on as many lines as they need.

import type { Secret } from "../../generated/strongroom/v1/secrets_pb";
import { linesOfName } from "../components/name";

// All of this must equal secret-list.css.
const LINE = 20;
const META_LINE = 26;
const DESCRIPTION_LINE = 18;
const PADDING = 20;
const SMALLEST = 52;
/** Pixels of a letter of a name, rather too many: a line too much is room, a line too few is cut off. */
const LETTER = 9;
/** What stands beside the name: the boxes to select, the state, the last access, the menu, and the padding between. */
const BESIDE_IN_COLUMNS = 44 + 200 + 124 + 60 + 28;
const BESIDE_IN_STACK = 44 + 52 + 8;
const TAGS_SHARE = 0.27;
// Below this width one column has to do.
const COLUMNS_FROM = 880;

/** Whether a row has a column for each thing, or everything one below the other. */
export function isStacked(width: number): boolean {
  return width < COLUMNS_FROM;
}

export function heightOfRow(secret: Secret, width: number): number {
  const stacked = isStacked(width);
  const room = stacked ? width - BESIDE_IN_STACK : width * (1 - TAGS_SHARE) - BESIDE_IN_COLUMNS;
  const lines = linesOfName(secret.name, Math.max(10, Math.floor(room / LETTER)));
  const below = (stacked ? META_LINE : 0) + (secret.description === "" ? 0 : DESCRIPTION_LINE);
  return Math.max(SMALLEST, PADDING + lines * LINE + below);
}
