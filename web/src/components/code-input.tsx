// A field for what is no language: names, keys, patterns. Nothing completes, capitalizes or corrects what is typed.
import type { InputHTMLAttributes } from "preact";

export function CodeInput(attributes: InputHTMLAttributes<HTMLInputElement>) {
  return <input class="mono" autocomplete="off" autocapitalize="off" spellcheck={false} {...attributes} />;
}
