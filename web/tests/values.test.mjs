// Values: copied without being shown, and kept nowhere once they are hidden or left.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrive, unique } from "./stage.mjs";

const ORIGIN = { permissions: ["clipboard-read", "clipboard-write"] };

/** Whether a text is anywhere in the heap of the page, after its garbage is collected. */
async function isInHeap(page, text) {
  const client = await page.context().newCDPSession(page);
  let heap = "";
  let found = false;
  client.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => {
    // A text can begin in one piece and end in the next.
    heap = heap.slice(-text.length) + chunk;
    found ||= heap.includes(text);
  });
  await client.send("HeapProfiler.enable");
  await client.send("HeapProfiler.collectGarbage");
  await client.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  await client.detach();
  return found;
}

/** What was dropped goes with a later collection; what is held never does. */
async function leavesTheHeap(page, text) {
  for (let tries = 0; tries < 10; tries += 1) {
    if (!(await isInHeap(page, text))) return true;
    await page.waitForTimeout(300);
  }
  return false;
}

test("a value that was revealed is not in the heap after it is hidden, nor after its screen is left", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const [name, value] = [unique("heap"), unique("value")];
  await visitor.enter();
  await visitor.give([{ name, secret_string: value }]);
  await visitor.open(name);
  await visitor.press(visitor.button("Reveal value"));
  await page.getByLabel("Value of the secret").getByText(value).waitFor();
  await page.evaluate(() => {
    globalThis.held = document.querySelector("pre").textContent;
  });
  assert.ok(await isInHeap(page, value), "the check finds what is held");
  await page.evaluate(() => {
    globalThis.held = undefined;
  });
  await visitor.press(visitor.button("Hide value"));
  assert.ok(await leavesTheHeap(page, value), "after it is hidden");

  await visitor.press(visitor.button("Reveal value"));
  await page.getByLabel("Value of the secret").getByText(value).waitFor();
  await visitor.goTo("Settings");
  assert.ok(await leavesTheHeap(page, value), "after its screen is left");
  await visitor.leave({ values: [value] });
});

test("a value that was typed is not in the heap after it is stored", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const [name, first, second] = [unique("typed"), unique("value"), unique("value")];
  await visitor.enter();
  await visitor.press(visitor.button("New secret"));
  const sheet = visitor.dialog("New secret");
  await sheet.getByLabel("Name", { exact: true }).fill(name);
  await visitor.type(sheet.getByLabel("Value", { exact: true }), first);
  await visitor.press(sheet.getByRole("button", { name: "Create secret" }));
  await visitor.heading("Versions").waitFor();
  assert.ok(await leavesTheHeap(page, first), "of a new secret");

  await visitor.press(visitor.button("New version").last());
  await visitor.type(visitor.dialog().getByLabel("Value", { exact: true }), second);
  await visitor.press(visitor.button("Store version"));
  await visitor.closed();
  assert.ok(await leavesTheHeap(page, second), "of a new version");
  await visitor.leave({ values: [first, second] });
});

test("values that were imported are not in the heap afterwards", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const [name, value] = [unique("imported"), unique("value")];
  await visitor.enter();
  await visitor.goTo("Import");
  await page.getByLabel("From a file or text").check();
  await visitor.type(visitor.field("Text"), `${name}=${value}`);
  await visitor.import(1);
  assert.ok(await leavesTheHeap(page, value), "after the import");
  await visitor.leave({ values: [value] });
});

test("a value is copied without being shown, and the button says what it does", async () => {
  const visitor = await arrive(ORIGIN);
  const { page } = visitor;
  const [name, value] = [unique("copied"), unique("value")];
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await visitor.enter();
  await visitor.give([{ name, secret_string: value }]);
  await visitor.find(name);
  await visitor.act(visitor.actions(name), "Copy value");
  await page.getByText(`The value of ${name} is in the clipboard.`).waitFor();
  assert.equal(await clipboard(), value);
  await visitor.act(visitor.actions(name), "Copy name");
  await page.getByText(`The name ${name} is in the clipboard.`).waitFor();
  assert.equal(await clipboard(), name);

  await visitor.open(name);
  await visitor.press(visitor.button("Copy value"));
  await page.getByRole("button", { name: "Copied", exact: true }).waitFor();
  assert.equal(await clipboard(), value);
  assert.ok(!(await page.content()).includes(value), "it was not shown");
  await visitor.press(visitor.button("Reveal value"));
  await page.getByLabel("Value of the secret").getByText(value).waitFor();
  await visitor.press(visitor.button("Hide value"));
  await visitor.button("Reveal value").waitFor();
  await visitor.leave({ values: [value] });
});

test("a tag that was removed is put back by Undo, and a long one wraps inside its card", async () => {
  const visitor = await arrive({ viewport: { width: 360, height: 740 } });
  const { page } = visitor;
  const name = unique("tagged");
  await visitor.enter();
  await visitor.give([{ name, secret_string: "v" }]);
  await visitor.open(name);
  await visitor.press(visitor.button("Add a tag"));
  await visitor.dialog().getByLabel("Key", { exact: true }).fill("k".repeat(128));
  await visitor.dialog().getByLabel("Value", { exact: true }).fill("v".repeat(255));
  await visitor.press(visitor.button("Save tag"));
  await visitor.closed();
  const tags = page.getByRole("list", { name: "Tags of the secret" });
  const chip = tags.getByRole("listitem");
  const [inner, outer] = [await chip.boundingBox(), await tags.boundingBox()];
  assert.ok(inner.x + inner.width <= outer.x + outer.width + 1, "the tag stays in its card");
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wider <= 0, `${wider} pixels too wide`);

  await visitor.press(visitor.button(/^Remove tag/));
  await chip.waitFor({ state: "detached" });
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await tags.getByText("v".repeat(255)).waitFor();
  await visitor.leave();
});
