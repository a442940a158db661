// A small server with settings of its own: what it does not take, or cannot do, is said on the page before it is asked.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startServer } from "./server.mjs";
import { launchBrowser, Visitor } from "./visitor.mjs";

let browser;
let server;

before(async () => {
  const settings = ["--max-secrets", "4", "--max-value-bytes", "100", "--max-import-entries", "3"];
  server = await startServer(settings, { STRONGROOM_ROOT_KEY_PASSPHRASE: "a passphrase for this test alone" });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("entries, sizes and room are judged by the limits of this server", async () => {
  const visitor = await Visitor.arrive(browser, server);
  const { page } = visitor;
  const entries = (count, from = 0) =>
    Array.from({ length: count }, (_, index) => ({ name: `s${from + index}`, secret_string: "v" }));
  await visitor.enter();
  await page.getByText("0 of 4 secrets").waitFor();
  await visitor.goTo("Import");
  await page
    .getByText(
      "Up to 3 entries in one transaction; larger files are imported in several. Each value up to 100 bytes. The project has 0 of 4 secrets.",
    )
    .waitFor();
  await page.getByLabel("From a file or text").check();
  const box = visitor.field("Text");

  await box.fill(JSON.stringify(entries(4)));
  await page
    .getByLabel("All or nothing is not available for this many entries: they are stored in several transactions")
    .waitFor();
  await box.fill(JSON.stringify([{ name: "large", secret_string: "x".repeat(101) }]));
  await page.getByText("larger than 100 bytes").waitFor();
  await box.fill(JSON.stringify(entries(3)));
  await visitor.import(3);
  await visitor.goTo("Secrets");
  await page.getByText("3 of 4 secrets").waitFor();

  await visitor.goTo("Import");
  await page.getByLabel("From a file or text").check();
  // The name of one is taken and needs no room, so the other can be stored although there is none for both.
  await box.fill(JSON.stringify(entries(2, 2)));
  await page
    .getByText("The project has 3 secrets; at most 4 are allowed: there may be no room for one entry.")
    .waitFor();
  await page.getByLabel(/^All or nothing/).uncheck();
  const before = visitor.requests.length;
  await visitor.press(visitor.button("Preview 2 secrets"));
  await visitor.heading("1 of 2 secrets would be imported").waitFor();
  const asked = visitor.requests.slice(before).map((request) => request.url().split("/").at(-1));
  assert.deepEqual(asked.slice(0, 2), ["ShowLimits", "BatchImportSecrets"], "the limits of now, then the preview");
  await visitor.press(visitor.button("Import 1 secret"));
  await visitor.heading("1 created, 1 rejected").waitFor();
  await visitor.press(visitor.button("Discard it"));

  await visitor.goTo("Secrets");
  await page.getByText("4 of 4 secrets").waitFor();
  await page.getByLabel("Select all loaded").check();
  await visitor.press(visitor.button("Delete 4 secrets…"));
  // More than one request takes: previewed, done and undone as if it were one.
  await visitor.press(visitor.button("Preview"));
  await visitor.heading("4 of 4 secrets would be scheduled for deletion").waitFor();
  await visitor.press(visitor.button("Schedule the deletion of 4 secrets"));
  await visitor.heading("4 deletions scheduled").waitFor();
  const sent = visitor.calls("BatchDeleteSecrets").length;
  assert.equal(sent, 4, "two requests for the preview, two for the deletion");
  await visitor.press(visitor.button("Undo…"));
  await visitor.heading("4 of 4 secrets can be undone").waitFor();
  await visitor.press(visitor.button("Undo 4 secrets"));
  await page.getByText("The batch was undone.").waitFor();
  await visitor.press(visitor.button("Close"));
  await visitor.closed();

  await page.getByLabel("Select all loaded").check();
  await visitor.press(visitor.button("Delete 4 secrets…"));
  await visitor.press(page.getByLabel(/^Delete permanently now/), "Space");
  await visitor.press(visitor.button("Preview"));
  await visitor.press(page.getByLabel("Exactly 4 secrets will be deleted permanently"), "Space");
  // The line breaks in the second request: pressing again goes on, and nothing is done twice.
  let requests = 0;
  await page.route("**/BatchDeleteSecrets", async (route) => {
    requests += 1;
    if (requests !== 2) return route.continue();
    await route.fetch();
    await route.abort("connectionreset");
  });
  await visitor.press(visitor.button("Delete 4 secrets permanently"));
  await page.getByText("Press the same button again").waitFor();
  await visitor.press(visitor.button("Delete 4 secrets permanently"));
  await visitor.heading("4 deleted permanently").waitFor();
  await page.unroute("**/BatchDeleteSecrets");
  visitor.complaints = visitor.complaints.filter((complaint) => !complaint.includes("ERR_CONNECTION_RESET"));
  await visitor.press(visitor.button("Close"));
  await visitor.closed();
  await page.getByText("0 of 4 secrets").waitFor();
  await visitor.give([{ name: "s0", secret_string: "v" }]);
  await visitor.open("s0");
  await visitor.press(visitor.button("New version").last());
  await visitor.dialog().getByLabel("Value", { exact: true }).fill("x".repeat(101));
  await visitor.dialog().getByText("larger than 100 bytes").waitFor();
  await page.keyboard.press("Escape");
  await visitor.press(visitor.button("Discard"));
  await visitor.closed();

  await visitor.goTo("Settings");
  const row = (name) => page.getByRole("row").filter({ hasText: name });
  assert.match(await row("Secrets in the project").innerText(), /\b4$/);
  assert.match(await row("Value size in bytes").innerText(), /\b100$/);
  await visitor.leave();
});

test("a root key that the server cannot write is not offered to be rotated", async () => {
  const visitor = await Visitor.arrive(browser, server);
  await visitor.enter();
  await visitor.goTo("Settings");
  await visitor.page.getByText("A passphrase in the server's environment").waitFor();
  await visitor.page.getByText("Start it with the new key and the old one beside it").waitFor();
  assert.equal(await visitor.button(/^Rotate/).count(), 0);
  await visitor.leave();
});
