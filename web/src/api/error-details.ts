// The two standard error details that rejections carry, read from their bytes.
//
// The definitions of google.rpc are not part of the contract, so the few fields the page needs are read by hand.

import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** Why a request was rejected, for programs. */
export interface ErrorInfo {
  reason: string;
  /** What else the server says of it, by name. */
  more: ReadonlyMap<string, string>;
}

/** One field of a request that was rejected. */
export interface FieldViolation {
  field: string;
  description: string;
  reason: string;
}

export function readErrorInfo(bytes: Uint8Array): ErrorInfo {
  const more = readMessages(bytes, 3).map((pair) => readTexts(pair, [1, 2]));
  return {
    reason: readTexts(bytes, [1]).get(1) ?? "",
    more: new Map(more.map((pair) => [pair.get(1) ?? "", pair.get(2) ?? ""])),
  };
}

export function readFieldViolations(bytes: Uint8Array): FieldViolation[] {
  return readMessages(bytes, 1).map((violation) => {
    const texts = readTexts(violation, [1, 2, 3]);
    return { field: texts.get(1) ?? "", description: texts.get(2) ?? "", reason: texts.get(3) ?? "" };
  });
}

function readMessages(bytes: Uint8Array, wanted: number): Uint8Array[] {
  const messages: Uint8Array[] = [];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === wanted && wire === WireType.LengthDelimited) messages.push(reader.bytes());
    else reader.skip(wire);
  }
  return messages;
}

function readTexts(bytes: Uint8Array, wanted: number[]): Map<number, string> {
  const texts = new Map<number, string>();
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (wanted.includes(field) && wire === WireType.LengthDelimited) {
      texts.set(field, reader.string());
    } else {
      reader.skip(wire);
    }
  }
  return texts;
}
