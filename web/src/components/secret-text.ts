// A value that is being typed: emptied when the form that holds it goes.

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

export function useSecretText(): Signal<string> {
  const text = useSignal("");
  useEffect(
    () => () => {
      text.value = "";
    },
    [],
  );
  return text;
}
