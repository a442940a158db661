// What has been typed and not saved is not lost without a question: by a link, by Back, by a reload, by a dialog.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrive, unique } from "./stage.mjs";

/** Somebody who has typed an entry into the form of an import. */
async function typing() {
  const visitor = await arrive();
  const name = unique("typed");
  await visitor.enter();
  await visitor.goTo("Batches");
  await visitor.goTo("Import");
  await visitor.type(visitor.field("Name"), name);
  return { visitor, page: visitor.page, name, question: visitor.dialog("Leave this screen?") };
}

test("leaving a filled import asks, and the entries are there again after Back", async () => {
  const { visitor, page, name, question } = await typing();
  const link = page.getByRole("navigation", { name: "Screens" }).getByRole("link", { name: "Settings", exact: true });
  await link.click();
  await question.getByText("The entries of this import are not saved.").waitFor();
  await page.waitForFunction(() => document.activeElement?.textContent === "Stay");
  await page.keyboard.press("Enter");
  await visitor.closed();
  assert.match(page.url(), /#\/import$/);
  assert.equal(await visitor.field("Name").inputValue(), name);

  await page.goBack();
  await question.waitFor();
  assert.equal(await visitor.field("Name").inputValue(), name);
  await page.keyboard.press("Escape");
  await visitor.closed();
  await page.waitForFunction(() => location.hash === "#/import");

  await page.goBack();
  await visitor.press(visitor.button("Keep and leave"));
  await visitor.heading("Batches").waitFor();
  assert.match(page.url(), /#\/batches$/);
  await page.goForward();
  await visitor.heading("Import secrets").waitFor();
  assert.equal(await visitor.field("Name").inputValue(), name);

  await link.click();
  await visitor.press(visitor.button("Discard and leave"));
  await visitor.heading("Settings").waitFor();
  await page.goBack();
  await visitor.heading("Import secrets").waitFor();
  assert.equal(await visitor.field("Name").inputValue(), "");
  // Nothing is left to ask about.
  await visitor.goTo("Settings");
  await visitor.leave();
});

test("reloading a page with entries asks, also from another screen where they are kept", async () => {
  const { visitor, page } = await typing();
  const asked = [];
  page.on("dialog", (dialog) => {
    asked.push(dialog.type());
    void dialog.accept();
  });
  await visitor.press(page.getByRole("link", { name: "Settings", exact: true }));
  await visitor.press(visitor.button("Keep and leave"));
  await visitor.heading("Settings").waitFor();
  await page.reload();
  await visitor.heading("Settings").waitFor();
  assert.deepEqual(asked, ["beforeunload"]);
  await page.reload();
  await visitor.heading("Settings").waitFor();
  assert.deepEqual(asked, ["beforeunload"], "nothing is left to ask about");
  await visitor.leave();
});

test("logging out with entries asks", async () => {
  const { visitor, name } = await typing();
  await visitor.press(visitor.button("Log out"));
  await visitor.press(visitor.dialog("Log out and discard what you entered?").getByRole("button", { name: "Stay" }));
  await visitor.closed();
  assert.equal(await visitor.field("Name").inputValue(), name);
  await visitor.press(visitor.button("Log out"));
  await visitor.press(visitor.button("Discard and log out"));
  await visitor.heading("Log in to Strongroom").waitFor();
  await visitor.leave();
});

test("a filled sheet is not closed by Escape without a question, nor left by Back", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  await visitor.enter();
  await visitor.goTo("Batches");
  await visitor.goTo("Secrets");
  await visitor.press(visitor.button("New secret"));
  await visitor.dialog("New secret").waitFor();
  await page.keyboard.press("Escape");
  await visitor.closed();
  await visitor.button("New secret").click();
  const value = unique("value");
  await visitor.dialog().getByLabel("Value", { exact: true }).fill(value);
  await page.keyboard.press("Escape");
  await visitor.press(visitor.dialog("Discard what you entered?").getByRole("button", { name: "Keep editing" }));
  await page.goBack();
  await visitor.press(visitor.dialog("Leave this screen?").getByRole("button", { name: "Stay" }));
  await visitor.dialog("New secret").waitFor();
  await page.waitForFunction(() => document.activeElement?.closest("dialog[open]") !== null);
  await page.keyboard.press("Escape");
  await visitor.press(visitor.button("Discard", { exact: true }));
  await visitor.closed();
  await visitor.goTo("Batches");
  await visitor.leave({ values: [value] });
});
