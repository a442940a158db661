// A rejection in the place that caused it: the sentence, then the code for whoever looks it up.

import type { Rejection } from "../api/rejection";

export function ErrorMessage({ rejection, id }: { rejection: Rejection | undefined; id?: string }) {
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
