// How states and kinds of secrets are called on the page.

import { SecretState, SecretType } from "../../generated/strongroom/v1/secrets_pb";

export const STATES: Record<SecretState, { word: string; tone: "good" | "waiting" | "off" }> = {
  [SecretState.UNSPECIFIED]: { word: "Unknown", tone: "off" },
  [SecretState.ENABLED]: { word: "Enabled", tone: "good" },
  [SecretState.DISABLED]: { word: "Disabled", tone: "off" },
  [SecretState.PENDING_DELETE]: { word: "Pending deletion", tone: "waiting" },
  [SecretState.FROZEN]: { word: "Frozen", tone: "off" },
};

/** Spelled as REST spells them, so that page, files and documentation agree. */
export const TYPES: Record<SecretType, string> = {
  [SecretType.UNSPECIFIED]: "",
  [SecretType.COMMON]: "COMMON",
  [SecretType.RDS]: "RDS",
  [SecretType.RDS_FG]: "RDS-FG",
  [SecretType.GAUSSDB_FG]: "GaussDB-FG",
};
