// The two standard error details that refusals carry, read from their bytes.
//
// The definitions of google.rpc are not part of the contract, so the few fields the page needs are read by hand.

import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** Why a request was refused, for programs. */
export interface ErrorInfo {
  reason: string;
}

/** One field of a request that was refused. */
export interface FieldViolation {
  field: string;
  description: string;
  reason: string;
}

export function readErrorInfo(bytes: Uint8Array): ErrorInfo {
  const texts = readTexts(bytes, [1]);
  return { reason: texts.get(1) ?? "" };
}

export function readFieldViolations(bytes: Uint8Array): FieldViolation[] {
  const violations: FieldViolation[] = [];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field !== 1 || wire !== WireType.LengthDelimited) {
      reader.skip(wire);
      continue;
    }
    const texts = readTexts(reader.bytes(), [1, 2, 3]);
    violations.push({
      field: texts.get(1) ?? "",
      description: texts.get(2) ?? "",
      reason: texts.get(3) ?? "",
    });
  }
  return violations;
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
