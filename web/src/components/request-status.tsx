// What a list or a screen says about the request behind it: loading, out of date, or failed, with a way to try again.

import { useEffect } from "preact/hooks";
import type { RequestState } from "../api/request";
import { ErrorMessage } from "./error-message";

interface RequestStatusProps {
  request: RequestState;
  /** What is loaded, as in "Loading secrets…". */
  what: string;
  /** An earlier answer is on the screen. */
  shown: boolean;
}

export function RequestStatus({ request, what, shown }: RequestStatusProps) {
  const { phase, rejection } = request;
  const unreachable = phase === "failed" && rejection?.code === "";

  // The browser tells when the network is back; nobody should have to press a button for that.
  useEffect(() => {
    if (!unreachable) return;
    window.addEventListener("online", request.retry);
    return () => window.removeEventListener("online", request.retry);
  }, [request, unreachable]);

  return (
    <div class={shown ? "request-status" : "request-status alone"}>
      <p class={phase === "loading" ? "loading" : undefined} role="status">
        {phase === "loading" && (shown ? `Updating ${what}…` : `Loading ${what}…`)}
      </p>
      {phase === "failed" && (
        <div class="failed">
          {shown && (
            <p>
              <strong>This may be out of date.</strong> The latest {what} could not be loaded.
            </p>
          )}
          <ErrorMessage rejection={rejection} />
          <button class="button" type="button" onClick={() => void request.retry()}>
            Retry
          </button>
        </div>
      )}
    </div>
  );
}
