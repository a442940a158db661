// A change in two steps: what it would do, then exactly that.
//
// The answer of the first step carries a token; sent with the second, the server does what it showed, or nothing if that
// would be anything else by now. The name of the request makes it safe to press the button again after a broken line.

import { useRef, useState } from "preact/hooks";
import type { Outcome } from "../../generated/strongroom/v1/batches_pb";
import { type Sending, useSend } from "../parts/use-send";

/** What every request of a batch carries besides its own fields. */
export interface Safeguards {
  dryRun: boolean;
  dryRunToken: string;
  requestId: string;
}

/** What every answer of a batch carries besides its own fields. */
export interface BatchAnswer {
  outcomes: Outcome[];
  batchId: string;
  dryRunToken: string;
}

export interface Plan<Request, Answer> {
  /** What would be done, once it has been asked for. */
  planned: Answer | undefined;
  /** What was done. */
  done: Answer | undefined;
  sending: Sending;
  preview: (request: Request) => Promise<void>;
  /** Does what the preview showed. */
  apply: () => Promise<void>;
  /** Does it without a preview, where there can be none. */
  applyUnseen: (request: Request) => Promise<void>;
  /** Something was changed, so the preview holds no longer. */
  reset: () => void;
}

export function usePlan<Request extends object, Answer extends BatchAnswer>(
  call: (request: Request & Safeguards) => Promise<Answer>,
): Plan<Request, Answer> {
  const [planned, setPlanned] = useState<Answer>();
  const [done, setDone] = useState<Answer>();
  const asked = useRef<(Request & Safeguards) | undefined>(undefined);
  // An answer counts only for the preview that was asked for last.
  const turn = useRef(0);
  const sending = useSend();

  const preview = (request: Request) =>
    sending.send(async () => {
      turn.current += 1;
      const mine = turn.current;
      // What was shown before stands until the answer is there, but cannot be applied any more.
      asked.current = undefined;
      const answer = await call({ ...request, dryRun: true, dryRunToken: "", requestId: "" }).catch((thrown: unknown) => {
        if (mine === turn.current) setPlanned(undefined);
        throw thrown;
      });
      if (mine !== turn.current) return;
      asked.current = { ...request, dryRun: false, dryRunToken: answer.dryRunToken, requestId: newRequestId() };
      setPlanned(answer);
    });

  const apply = () =>
    sending.send(async () => {
      if (asked.current === undefined) return;
      const answer = await call(asked.current);
      // Values are kept no longer than they are needed.
      asked.current = undefined;
      setDone(answer);
    });

  const applyUnseen = (request: Request) =>
    sending.send(async () => setDone(await call({ ...request, dryRun: false, dryRunToken: "", requestId: "" })));

  function reset() {
    turn.current += 1;
    asked.current = undefined;
    setPlanned(undefined);
    setDone(undefined);
    sending.clear();
  }

  return { planned, done, sending, preview, apply, applyUnseen, reset };
}

/** A name that no other request has. Works without https too, unlike `crypto.randomUUID`. */
function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
