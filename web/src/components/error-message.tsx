// A rejection in the place that caused it: the sentence, then the code for whoever looks it up.

import { useEffect } from "preact/hooks";
import type { Rejection } from "../api/rejection";
import { dismiss } from "./toast";

export function ErrorMessage({ rejection, id }: { rejection: Rejection | undefined; id?: string }) {
  // An error must not be covered by the good news before it.
  useEffect(() => {
    if (rejection !== undefined) dismiss();
  }, [rejection]);

  return (
    <div role="alert" id={id}>
      {rejection && (
        <p class="rejected">
          {rejection.message}
          {rejection.code !== "" && <span class="code">{rejection.code}</span>}
        </p>
      )}
    </div>
  );
}
