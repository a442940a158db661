// What the page shows when a call did not succeed: the server's own sentence, its code and the fields it names.

import { Code, ConnectError } from "@connectrpc/connect";
import { type FieldViolation, readErrorInfo, readFieldViolations } from "./error-details";

export interface Rejection {
  /** Stable code such as `CSMS.0107`; empty when the server was not reached. */
  code: string;
  /** One word for what was rejected, finer than the code, such as `TAKEN`; empty when there is none. */
  reason: string;
  message: string;
  violations: FieldViolation[];
  /** The caller is not, or no longer, known. */
  loggedOut: boolean;
}

export function rejectionOf(thrown: unknown): Rejection {
  const error = ConnectError.from(thrown);
  let code = "";
  let reason = "";
  let violations: FieldViolation[] = [];
  for (const detail of error.details) {
    if (!("type" in detail) || !(detail.value instanceof Uint8Array)) continue;
    if (detail.type === "google.rpc.ErrorInfo") {
      const info = readErrorInfo(detail.value);
      code = info.reason;
      reason = info.more.get("reason") ?? "";
    }
    if (detail.type === "google.rpc.BadRequest") violations = readFieldViolations(detail.value);
  }
  return { code, reason, message: sentence(error, code), violations, loggedOut: error.code === Code.Unauthenticated };
}

function sentence(error: ConnectError, code: string): string {
  // Without a code the words are the browser's or a proxy's, and tell a person nothing.
  if (code === "" && (error.code === Code.Unknown || error.code === Code.Unavailable)) {
    return "The server could not be reached. Check that it is running and that the network is up, then try again.";
  }
  if (error.code === Code.DeadlineExceeded) {
    return "The server did not answer in time. The change may have been made: check before you repeat it.";
  }
  if (error.rawMessage === "") return "The server rejected the request without a reason.";
  return error.rawMessage;
}
