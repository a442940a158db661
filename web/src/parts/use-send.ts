// One request at a time: whether it is under way, and what the server said when it refused.

import { useRef, useState } from "preact/hooks";
import { type Refusal, refusalOf } from "../server/refusal";

export interface Sending {
  busy: boolean;
  refusal: Refusal | undefined;
  /** Does nothing while another request is under way. */
  send: (work: () => Promise<void>) => Promise<void>;
  /** What was refused has been changed since. */
  clear: () => void;
}

export function useSend(): Sending {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  // Two presses can come before the page is drawn anew.
  const underWay = useRef(false);

  async function send(work: () => Promise<void>) {
    if (underWay.current) return;
    underWay.current = true;
    setBusy(true);
    setRefusal(undefined);
    try {
      await work();
    } catch (thrown) {
      setRefusal(refusalOf(thrown));
    } finally {
      underWay.current = false;
      setBusy(false);
    }
  }

  return { busy, refusal, send, clear: () => setRefusal(undefined) };
}
