// One request at a time: whether it is under way, and what the server said when it rejected.

import { useRef, useState } from "preact/hooks";
import { type Rejection, rejectionOf } from "./rejection";

export interface Sending {
  busy: boolean;
  rejection: Rejection | undefined;
  /** Does nothing while another request is under way. */
  send: (work: () => Promise<void>) => Promise<void>;
  /** What was rejected has been changed since. */
  clear: () => void;
}

export function useRequest(): Sending {
  const [busy, setBusy] = useState(false);
  const [rejection, setRejection] = useState<Rejection>();
  // Two presses can come before the page is drawn anew.
  const underWay = useRef(false);

  async function send(work: () => Promise<void>) {
    if (underWay.current) return;
    underWay.current = true;
    setBusy(true);
    setRejection(undefined);
    try {
      await work();
    } catch (thrown) {
      setRejection(rejectionOf(thrown));
    } finally {
      underWay.current = false;
      setBusy(false);
    }
  }

  return { busy, rejection, send, clear: () => setRejection(undefined) };
}
