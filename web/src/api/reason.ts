// The documented form of a reason inside an answer: the code, a colon, the sentence.

export interface Reason {
  code: string;
  message: string;
}

export function readReason(text: string): Reason {
  const [, code = "", message = text] = /^([A-Z]+\.[0-9]+): (.*)$/s.exec(text) ?? [];
  // The documented text carries the marks that make words bold elsewhere.
  return { code, message: message.replaceAll("**", "") };
}
