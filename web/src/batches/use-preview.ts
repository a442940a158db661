// A change in two steps: what it would do, then exactly that.
//
// The answer of the first step carries a token; sent with the second, the server does what it showed, or nothing if that
// would be anything else by now. The name of the request makes it safe to press the button again after a broken line.
//
// What is too large for one transaction has no preview and no name. It may be done without one where doing it again
// changes nothing: a deletion is not scheduled or cancelled twice, and a batch is undone once.

import type { CallOptions } from "@connectrpc/connect";
import { useRef, useState } from "preact/hooks";
import type { Outcome } from "../../generated/strongroom/v1/batches_pb";
import { type Rejection, rejectionOf } from "../api/rejection";
import { type RequestState, useRequest } from "../api/request";
import { newRequestId } from "../api/request-id";

/** What every request of a batch carries besides its own fields. */
export interface RequestOptions {
  dryRun: boolean;
  dryRunToken: string;
  requestId: string;
}

/** What every answer of a batch carries besides its own fields. */
export interface BatchAnswer {
  outcomes: Outcome[];
  batchId: string;
  dryRunToken: string;
  /** All of them, when it was too much for one request. */
  batchIds?: readonly string[];
  /** Why it ended before all of it was done. What its outcomes say is done all the same. */
  broken?: Rejection;
}

/** The batches that did it; none when nothing was changed. */
export function batchIdsOf({ batchId, batchIds = [batchId] }: BatchAnswer): readonly string[] {
  return batchIds.filter((id) => id !== "");
}

export interface Preview<Request, Answer> {
  /** What would be done, once it has been asked for. */
  planned: Answer | undefined;
  /** It was asked for, and is too much to be shown. */
  unseen: boolean;
  /** What was done. */
  done: Answer | undefined;
  sending: RequestState;
  preview: (request: Request) => Promise<void>;
  /** Does what the preview showed, or what it was asked for where that cannot be shown. */
  apply: () => Promise<void>;
  /** Something was changed, so the preview holds no longer. */
  reset: () => void;
}

export function usePreview<Request extends object, Answer extends BatchAnswer>(
  call: (request: Request & RequestOptions, options?: CallOptions) => Promise<Answer>,
): Preview<Request, Answer> {
  const [planned, setPlanned] = useState<Answer>();
  const [unseen, setUnseen] = useState(false);
  const [done, setDone] = useState<Answer>();
  const asked = useRef<(Request & RequestOptions) | undefined>(undefined);
  // An answer counts only for the preview that was asked for last.
  const turn = useRef(0);
  const sending = useRequest();

  const preview = (request: Request) =>
    sending.send(async () => {
      turn.current += 1;
      const mine = turn.current;
      // What was shown before stands until the answer is there, but cannot be applied any more.
      asked.current = undefined;
      setUnseen(false);
      try {
        const answer = await call({ ...request, ...BARE, dryRun: true });
        if (mine !== turn.current) return;
        asked.current = { ...request, dryRun: false, dryRunToken: answer.dryRunToken, requestId: newRequestId() };
        setPlanned(answer);
      } catch (thrown) {
        if (mine !== turn.current) return;
        setPlanned(undefined);
        if (rejectionOf(thrown).reason !== "TOO_LARGE_FOR_ONE_STEP") throw thrown;
        asked.current = { ...request, ...BARE };
        setUnseen(true);
      }
    });

  const apply = () =>
    sending.send(async () => {
      if (asked.current === undefined) return;
      // Of many steps nobody knows how long they take, and who hangs up stops them.
      const answer = unseen ? await call(asked.current, { timeoutMs: 0 }) : await call(asked.current);
      // Values are kept no longer than they are needed.
      asked.current = undefined;
      setDone(answer);
    });

  function reset() {
    turn.current += 1;
    asked.current = undefined;
    setPlanned(undefined);
    setUnseen(false);
    setDone(undefined);
    sending.clear();
  }

  return { planned, unseen, done, sending, preview, apply, reset };
}

const BARE: RequestOptions = { dryRun: false, dryRunToken: "", requestId: "" };
