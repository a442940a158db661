// The calls the page can make, over gRPC-Web to the server that served it.

import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { Backups } from "../../generated/strongroom/v1/backups_pb";
import { Batches } from "../../generated/strongroom/v1/batches_pb";
import { Checker } from "../../generated/strongroom/v1/checker_pb";
import { Iam } from "../../generated/strongroom/v1/iam_pb";
import { Limits } from "../../generated/strongroom/v1/limits_pb";
import { Passwords } from "../../generated/strongroom/v1/passwords_pb";
import { RootKeys } from "../../generated/strongroom/v1/root_keys_pb";
import { Secrets } from "../../generated/strongroom/v1/secrets_pb";
import { Stages } from "../../generated/strongroom/v1/stages_pb";
import { Tags } from "../../generated/strongroom/v1/tags_pb";
import { Versions } from "../../generated/strongroom/v1/versions_pb";
import { end, loggedOutReason, type Session, session } from "./session";

const asCaller: Interceptor = (next) => async (request) => {
  const token = session.value?.token;
  if (token !== undefined) request.header.set("x-auth-token", token);
  try {
    return await next(request);
  } catch (thrown) {
    // Only the session the call was made with may be ended by it: another may have begun meanwhile.
    const known = token !== undefined && session.value?.token === token;
    if (known && ConnectError.from(thrown).code === Code.Unauthenticated) {
      end("Your session has expired. Log in again to continue.");
    }
    throw thrown;
  }
};

// Milliseconds. The largest import takes seconds on a slow line; who waits longer waits for nothing.
/** How long a list or a screen waits for its data before it says that the server does not answer. */
export const READ_TIMEOUT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 120_000;

const transport = createGrpcWebTransport({
  baseUrl: window.location.origin,
  defaultTimeoutMs: REQUEST_TIMEOUT_MS,
  interceptors: [asCaller],
});

export const iam = createClient(Iam, transport);
export const backups = createClient(Backups, transport);
export const batches = createClient(Batches, transport);
export const checker = createClient(Checker, transport);
export const limits = createClient(Limits, transport);
export const passwords = createClient(Passwords, transport);
export const rootKeys = createClient(RootKeys, transport);
export const secrets = createClient(Secrets, transport);
export const stages = createClient(Stages, transport);
export const tags = createClient(Tags, transport);
export const versions = createClient(Versions, transport);

export async function logIn(account: string, user: string, password: string): Promise<Session> {
  const answer = await iam.createToken({
    auth: {
      identity: {
        methods: ["password"],
        password: { user: { name: user, password, domain: { name: account } } },
      },
    },
  });
  return {
    token: answer.subjectToken,
    user: answer.token?.user?.name || user,
    account: answer.token?.user?.domain?.name || account,
    project: answer.token?.project?.name || "default",
  };
}

/** Ends the session here and its token on the server, so that nobody who has seen it can go on with it. */
export async function logOut(): Promise<void> {
  const token = session.peek()?.token;
  end("You are logged out.");
  if (token === undefined) return;
  try {
    await iam.revokeToken({}, { headers: { "x-auth-token": token } });
  } catch (thrown) {
    // It had ended already, which is all that was wanted.
    if (ConnectError.from(thrown).code === Code.Unauthenticated) return;
    loggedOutReason.value =
      "You are logged out here, but the server could not be reached. Your token stays valid until it expires, 24 hours after you logged in.";
  }
}
