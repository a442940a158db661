// The life of secrets on the page: list, value, scheduled and cancelled deletion, deleting one and deleting many.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrive, screenshot, unique } from "./stage.mjs";

test("a value is masked until asked for, and hides again by itself", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const [name, value] = [unique("shown"), `${unique("value")}\nsecond line`];
  await visitor.enter();
  await visitor.give([{ name, secret_string: value, description: "For the test of showing" }]);
  await visitor.press((await visitor.find(name)).getByRole("button", { name: /^Show/ }));
  const dialog = page.getByRole("dialog", { name });
  await dialog.getByText("For the test of showing").waitFor();
  assert.equal(visitor.calls("ShowSecretVersion").length, 0, "the value is not fetched before it is asked for");

  const reveal = dialog.getByRole("button", { name: "Reveal value" });
  assert.equal(await reveal.getAttribute("aria-pressed"), "false");
  await page.clock.install();
  await visitor.press(reveal);
  await dialog.getByLabel("Value of the secret").waitFor();
  assert.equal(await reveal.getAttribute("aria-pressed"), "true");
  assert.equal(await dialog.getByLabel("Value of the secret").textContent(), value);
  await screenshot(visitor, "show");
  await page.clock.runFor(31_000);
  await dialog.getByText("Hidden").waitFor();
  assert.equal(await reveal.getAttribute("aria-pressed"), "false");

  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  // The focus is back where it was.
  await page.waitForFunction(() => document.activeElement?.ariaLabel?.startsWith("Show"));
  await visitor.leave({ values: [value.split("\n")[0]] });
});

test("a deletion is scheduled with its date, and cancelled again", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const name = unique("waiting");
  await visitor.enter();
  await visitor.give([{ name, secret_string: "v" }]);
  const row = await visitor.find(name);
  await visitor.press(row.getByRole("button", { name: /^Schedule deletion/ }));

  const dialog = page.getByRole("dialog");
  const days = dialog.getByLabel("Days until it is gone");
  for (const [text, ok] of [["6", false], ["31", false], ["", false], ["7.5", false], ["7", true]]) {
    await days.fill(text);
    assert.equal(await days.getAttribute("aria-invalid"), String(!ok), `${text} days`);
  }
  const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" }).format(Date.now() + 7 * 86_400_000);
  await dialog.getByText(`Gone on ${date}`).waitFor();
  await visitor.press(dialog.getByRole("button", { name: "Schedule deletion" }));
  await dialog.waitFor({ state: "detached" });
  await row.getByText("Waiting for deletion").waitFor();
  await row.getByRole("cell", { name: /^in 7 days/ }).waitFor();
  await screenshot(visitor, "waiting");

  await visitor.press(row.getByRole("button", { name: /^Show/ }));
  await dialog.getByText("cannot be read until the deletion is cancelled").waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Reveal value" }).count(), 0);
  await page.keyboard.press("Escape");

  await visitor.press(row.getByRole("button", { name: /^Cancel deletion/ }));
  await row.getByText("Enabled").waitFor();
  await page.getByRole("status").getByText("is cancelled").waitFor();
  await visitor.leave();
});

test("somebody else was quicker: the refusal is shown with the secret's name", async () => {
  const visitor = await arrive();
  const other = await arrive();
  const name = unique("raced");
  await visitor.enter();
  await visitor.give([{ name, secret_string: "v" }]);
  const row = await visitor.find(name);
  await visitor.press(row.getByRole("button", { name: /^Schedule deletion/ }));
  await visitor.press(visitor.page.getByRole("dialog").getByRole("button", { name: "Schedule deletion" }));
  await row.getByText("Waiting for deletion").waitFor();

  await other.enter();
  const theirs = await other.find(name);
  await other.press(theirs.getByRole("button", { name: /^Cancel deletion/ }));
  await theirs.getByText("Enabled").waitFor();

  await visitor.press(row.getByRole("button", { name: /^Cancel deletion/ }));
  const dialog = visitor.page.getByRole("dialog", { name: `The deletion of ${name} was not cancelled` });
  await dialog.getByText("CSMS.0108").waitFor();
  await visitor.press(dialog.getByRole("button", { name: "Close" }));
  await visitor.leave();
  await other.leave();
});

test("deleting now says that it cannot be undone, and leaves the focus on the page", async () => {
  const visitor = await arrive();
  const name = unique("doomed");
  await visitor.enter();
  await visitor.give([{ name, secret_string: "v" }]);
  const row = await visitor.find(name);
  await visitor.press(row.getByRole("button", { name: /^Delete now/ }));
  const dialog = visitor.page.getByRole("dialog", { name: `Delete ${name} now?` });
  await dialog.getByText("This cannot be undone.").waitFor();
  const focused = await visitor.page.evaluate(() => document.activeElement.textContent);
  assert.equal(focused, "Keep it", "the harmless answer comes first");
  await visitor.press(dialog.getByRole("button", { name: "Delete for good" }));
  await row.waitFor({ state: "detached" });
  await visitor.page.waitForFunction(() => document.activeElement?.tagName === "H1");
  await visitor.leave();
});

test("delete by instance shows the names first, and which of them would stay", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const instance = unique("instance");
  const [one, two, waiting] = [unique("one"), unique("two"), unique("stays")];
  const rotation_config = JSON.stringify({ InstanceId: instance, SecretSubType: "SingleUser" });
  await visitor.enter();
  await visitor.give([one, two, waiting].map((name) => ({ name, secret_string: "v", secret_type: "RDS-FG", rotation_config })));
  const row = await visitor.find(waiting);
  await visitor.press(row.getByRole("button", { name: /^Schedule deletion/ }));
  await visitor.press(page.getByRole("dialog").getByRole("button", { name: "Schedule deletion" }));
  await row.getByText("Waiting for deletion").waitFor();

  await visitor.goTo("Delete by instance");
  await visitor.press(visitor.button("Preview"));
  await page.getByText("There is no condition").waitFor();
  assert.equal(visitor.calls("BatchDeleteSecrets").length, 0, "nothing is sent without a condition");

  await visitor.type(visitor.field("Instance"), instance);
  await visitor.choose(visitor.field("Service"), "RDS");
  await visitor.press(visitor.button("Preview"));
  await visitor.heading("2 secrets of 3 would be deleted").waitFor();
  assert.deepEqual(
    (await page.getByRole("list", { name: "Would be deleted" }).getByRole("listitem").allInnerTexts()).sort(),
    [one, two].sort(),
  );
  await page.getByText("CSMS.0107").waitFor();
  await screenshot(visitor, "delete-preview");

  // Other conditions, other secrets: the old preview must not be acted upon.
  await visitor.choose(visitor.field("Service"), "Any");
  assert.equal(await visitor.button(/for good/).count(), 0);
  await visitor.press(visitor.button("Preview"));

  await visitor.press(visitor.button("Delete 2 secrets for good"));
  await visitor.heading("2 secrets deleted").waitFor();
  await visitor.press(page.getByRole("link", { name: "See the secrets" }));
  await visitor.find(waiting);
  await visitor.field("Filter by name").fill(one);
  await page.getByText("No loaded secret matches the filter.").waitFor();
  await visitor.leave();
});

test("thousands of secrets stay smooth, page by page", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const prefix = unique("many");
  await visitor.enter();
  for (const part of [0, 1, 2]) {
    await visitor.give(
      Array.from({ length: 1_000 }, (_, index) => ({ name: `${prefix}-${part}${String(index).padStart(3, "0")}`, secret_string: "v" })),
    );
  }
  await visitor.press(visitor.button("Load all"));
  await visitor.button("Load all").waitFor({ state: "detached" });
  const [, loaded] = /([\d,]+) loaded/.exec(await page.locator("#filter-count").innerText());
  assert.ok(Number(loaded.replace(",", "")) >= 3_000, `${loaded} loaded`);
  assert.ok((await page.locator("tbody tr").count()) < 60, "only rows in sight are drawn");
  await screenshot(visitor, "list");

  await page.keyboard.press("Home");
  await visitor.tabTo(page.getByRole("table").getByRole("button").first());
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.activeElement.closest("tr")?.ariaRowIndex === document.querySelector("table").ariaRowCount);
  await page.keyboard.press("Home");
  await page.waitForFunction(() => document.activeElement.closest("tr")?.ariaRowIndex === "2");
  await visitor.field("Filter by name").fill(`${prefix}-2999`);
  await page.getByText(`1 of the ${loaded} loaded`).waitFor();
  const last = await visitor.find(`${prefix}-2999`);
  await visitor.tabTo(last.getByRole("button", { name: /^Show/ }));

  await visitor.field("Filter by name").fill(`${prefix}-00`);
  const show = (index) => page.getByRole("button", { name: `Show: ${prefix}-000${index}` });
  await visitor.tabTo(show(0));
  await page.keyboard.press("ArrowDown");
  assert.ok(await show(1).evaluate((button) => button === document.activeElement));
  await visitor.leave();
});
