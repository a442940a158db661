// From an entry as JSON spells it to the message of the contract. Only entries that passed the rules come here.

import { create } from "@bufbuild/protobuf";
import {
  type NewSecret,
  NewSecretSchema,
  OnExisting,
  OnPending,
  SecretType,
} from "../../generated/strongroom/v1/secrets_pb";
import { TYPES } from "../secret-list/labels";

// What an entry may say for itself; the batch decides for one that says nothing.
const EXISTING: Record<string, OnExisting> = {
  FAIL: OnExisting.FAIL,
  SKIP: OnExisting.SKIP,
  NEW_VERSION: OnExisting.NEW_VERSION,
  NEW_VERSION_IF_DIFFERENT: OnExisting.NEW_VERSION_IF_DIFFERENT,
};
const PENDING: Record<string, OnPending> = {
  FAIL: OnPending.FAIL,
  SKIP: OnPending.SKIP,
  CANCEL_AND_NEW_VERSION: OnPending.CANCEL_AND_NEW_VERSION,
};

export function newSecret(entry: unknown, line: number): NewSecret {
  const fields = typeof entry === "object" && entry !== null ? (entry as Record<string, unknown>) : {};
  const text = (field: string) => optionalText(fields[field]) ?? "";
  const secret = create(NewSecretSchema, {
    name: text("name"),
    kmsKeyId: text("kms_key_id"),
    description: text("description"),
    secretType: typeOf(text("secret_type")),
    autoRotation: fields["auto_rotation"] === true,
    rotationPeriod: text("rotation_period"),
    rotationConfig: text("rotation_config"),
    eventSubscriptions: texts(fields["event_subscriptions"]),
    enterpriseProjectId: text("enterprise_project_id"),
    rotationFuncUrn: text("rotation_func_urn"),
    line,
    onExisting: EXISTING[text("on_existing")] ?? OnExisting.UNSPECIFIED,
    onPending: PENDING[text("on_pending")] ?? OnPending.UNSPECIFIED,
  });
  // An empty value is a value; only an absent one is none.
  const asText = optionalText(fields["secret_string"]);
  const asBinary = optionalText(fields["secret_binary"]);
  if (asText !== undefined) secret.secretString = asText;
  if (asBinary !== undefined) secret.secretBinary = asBinary;
  return secret;
}

function optionalText(given: unknown): string | undefined {
  return typeof given === "string" ? given : undefined;
}

function texts(given: unknown): string[] {
  return Array.isArray(given) ? given.filter((item) => typeof item === "string") : [];
}

function typeOf(spelled: string): SecretType {
  const found = Object.entries(TYPES).find(([, spelling]) => spelling === spelled);
  return found ? (Number(found[0]) as SecretType) : SecretType.UNSPECIFIED;
}
