// A refusal in the place that caused it: the sentence, then the code for whoever looks it up.

import type { Refusal } from "../server/refusal";

export function Refused({ refusal, id }: { refusal: Refusal | undefined; id?: string }) {
  return (
    <div role="alert" id={id}>
      {refusal && (
        <p class="refused">
          {refusal.message}
          {refusal.code !== "" && <span class="code">{refusal.code}</span>}
        </p>
      )}
    </div>
  );
}
