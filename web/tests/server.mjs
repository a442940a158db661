// The server under test: the one named in the environment, or a fresh one on a free port with an empty data folder.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BINARY =
  process.env.STRONGROOM_BINARY ?? fileURLToPath(new URL("../../target/debug/strongroom", import.meta.url));

export async function startServer(settings = [], environment = {}) {
  const { STRONGROOM_URL, STRONGROOM_CREDENTIALS } = process.env;
  // A running server has settings of its own.
  if (STRONGROOM_URL && STRONGROOM_CREDENTIALS && settings.length === 0) {
    return { url: STRONGROOM_URL, credentials: await readJson(STRONGROOM_CREDENTIALS), stop: async () => {} };
  }

  const data = await mkdtemp(join(tmpdir(), "strongroom-page-"));
  const process_ = spawn(BINARY, ["serve", "--data-dir", data, "--listen", "127.0.0.1:0", ...settings], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  const stop = async () => {
    if (process_.exitCode === null) {
      const ended = new Promise((resolve) => process_.once("exit", resolve));
      process_.kill();
      await ended;
    }
    await rm(data, { recursive: true, force: true });
  };
  try {
    const url = await listening(process_);
    return { url, credentials: await readJson(join(data, "credentials.json")), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function listening(process_) {
  return new Promise((resolve, reject) => {
    process_.once("error", reject);
    process_.once("exit", (code) => reject(new Error(`the server ended with ${code} before it was listening`)));
    createInterface({ input: process_.stdout }).on("line", (line) => {
      const found = /^listening on (http:\S+)/.exec(line);
      if (found) resolve(found[1]);
    });
  });
}

async function readJson(path) {
  return JSON.parse(await readFile(path, "utf8"));
}
