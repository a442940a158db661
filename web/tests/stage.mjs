// A server and a browser for the tests of one file, started before them and gone after them.

import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
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
