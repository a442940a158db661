// A server and a browser for the tests of one file, started before them and gone after them.

import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { startServer } from "./server.mjs";
import { launchBrowser, Visitor } from "./visitor.mjs";

const SCREENSHOTS = fileURLToPath(new URL("../../target/screenshots/", import.meta.url));

let running;
let browser;

before(async () => {
  await mkdir(SCREENSHOTS, { recursive: true });
  running = await startServer();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await running?.stop();
});

export const server = () => running;

export const arrive = (options) => Visitor.arrive(browser, running, options);

/** A text nothing else contains, so that finding it anywhere means something. */
export const unique = (kind) => `${kind}-${randomBytes(6).toString("hex")}`;

export const screenshot = (visitor, name) => visitor.page.screenshot({ path: `${SCREENSHOTS}${name}.png` });

/** The headers of an answer that rejects for this reason. */
export function rejection(reason) {
  const text = (writer, field, value) => writer.tag(field, WireType.LengthDelimited).string(value);
  const part = (writer, field, value) => writer.tag(field, WireType.LengthDelimited).bytes(value.finish());
  const pair = text(text(new BinaryWriter(), 1, "reason"), 2, reason);
  const info = part(text(new BinaryWriter(), 1, "CSMS.0005"), 3, pair);
  const detail = part(text(new BinaryWriter(), 1, "type.googleapis.com/google.rpc.ErrorInfo"), 2, info);
  const status = part(text(new BinaryWriter().tag(1, WireType.Varint).int32(9), 2, "Too much."), 3, detail);
  return {
    "content-type": "application/grpc-web+proto",
    "grpc-status": "9",
    "grpc-message": "Too%20much.",
    "grpc-status-details-bin": Buffer.from(status.finish()).toString("base64"),
  };
}

/** An answer with this message, and with nothing to complain about. */
export function answer(message) {
  const frame = (sign, bytes) => {
    const head = Buffer.alloc(5);
    head.writeUInt8(sign);
    head.writeUInt32BE(bytes.length, 1);
    return Buffer.concat([head, bytes]);
  };
  const body = Buffer.concat([frame(0, message), frame(0x80, Buffer.from("grpc-status: 0\r\n"))]);
  return { headers: { "content-type": "application/grpc-web+proto" }, body };
}
