// Whether there is room for the entries: in the project, in one step, in one request.

import { computed } from "@preact/signals";
import { allowed } from "../api/limits";
import { showNumber } from "../numbers";
import { limits } from "../rules";
import { good, source } from "./state";

// Bytes an entry takes in a step beside its own, as the contract says with the limit of a step.
const BESIDE = 8_192;

/**
 * Said when the project may have no room for all of them, and empty otherwise. Only the server knows: others store and
 * delete meanwhile, and an entry whose name is taken needs no room.
 */
export const roomWarning = computed(() => {
  if (allowed.value === undefined) return "";
  const { secretsUsed, secrets } = allowed.value;
  const over = secretsUsed + good.value.length - secrets;
  if (over <= 0) return "";
  return (
    `The project has ${showNumber(secretsUsed)} secrets; at most ${showNumber(secrets)} are allowed: there may be no room for ` +
    `${over === 1 ? "one entry" : `${showNumber(over)} entries`}. The preview tells.`
  );
});

/** About how many bytes they take on their way. */
const bytes = computed(() => good.value.reduce((sum, { entry }) => sum + sizeOf(entry), 0));

/** Whether they are more than the server stores in one step: then they are stored part by part. */
export const inParts = computed(() => {
  if (source.value !== "text") return false;
  const { importEntries, stepEntries, stepBytes } = allowed.value ?? { importEntries: limits().defaultImportEntries };
  const count = good.value.length;
  if (count > Math.min(importEntries, stepEntries ?? importEntries)) return true;
  return stepBytes !== undefined && bytes.value + count * BESIDE > stepBytes;
});

/** Said when they are more than a request may have. */
export const tooLarge = computed(() => {
  const most = allowed.value?.bodyBytes ?? limits().defaultBodyBytes;
  if (bytes.value <= most) return [];
  return [
    `These are about ${showNumber(bytes.value)} bytes; at most ${showNumber(most)} are allowed in one request. Split the file.`,
  ];
});

function sizeOf(entry: unknown): number {
  const fields = typeof entry === "object" && entry !== null ? Object.values(entry) : [];
  return fields.reduce((sum: number, field) => sum + (typeof field === "string" ? field.length : 0), 0);
}
