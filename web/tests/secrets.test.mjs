// The life of secrets on the page: list, value, scheduled and cancelled deletion, deleting one and deleting many.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrive, screenshot, unique } from "./stage.mjs";

test("a deletion is scheduled with its date, and cancelled again", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const name = unique("waiting");
  await visitor.enter();
  await visitor.give([{ name, secret_string: "v" }]);
  const row = await visitor.find(name);
  await visitor.act(row.getByRole("button", { name: /^Actions/ }), "Schedule deletion…");

  const dialog = page.getByRole("dialog");
  const days = dialog.getByLabel("Days until deletion");
  for (const [text, ok] of [
    ["6", false],
    ["31", false],
    ["", false],
    ["7.5", false],
    ["7", true],
  ]) {
    await days.fill(text);
    assert.equal(await days.getAttribute("aria-invalid"), String(!ok), `${text} days`);
  }
  const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" }).format(Date.now() + 7 * 86_400_000);
  await dialog.getByText(`Deleted on ${date}`).waitFor();
  await visitor.press(dialog.getByRole("button", { name: "Schedule deletion" }));
  await dialog.waitFor({ state: "detached" });
  await row.getByText("Pending deletion").waitFor();
  await row.getByText("in 7 days").waitFor();
  await screenshot(visitor, "waiting");

  await visitor.act(row.getByRole("button", { name: /^Actions/ }), "Cancel deletion");
  await row.getByText("Enabled").waitFor();
  await page.getByRole("status").getByText("is cancelled").waitFor();
  await visitor.leave();
});

test("somebody else was quicker: the rejection is shown with the secret's name", async () => {
  const visitor = await arrive();
  const other = await arrive();
  const name = unique("raced");
  await visitor.enter();
  await visitor.give([{ name, secret_string: "v" }]);
  const row = await visitor.find(name);
  await visitor.act(row.getByRole("button", { name: /^Actions/ }), "Schedule deletion…");
  await visitor.press(visitor.page.getByRole("dialog").getByRole("button", { name: "Schedule deletion" }));
  await row.getByText("Pending deletion").waitFor();

  await other.enter();
  const theirs = await other.find(name);
  await other.act(theirs.getByRole("button", { name: /^Actions/ }), "Cancel deletion");
  await theirs.getByText("Enabled").waitFor();

  await visitor.act(row.getByRole("button", { name: /^Actions/ }), "Cancel deletion");
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
  await visitor.act(row.getByRole("button", { name: /^Actions/ }), "Delete permanently…");
  const dialog = visitor.page.getByRole("dialog", { name: `Delete ${name} permanently?` });
  await dialog.getByText("This cannot be undone.").waitFor();
  // The harmless answer comes first.
  await visitor.page.waitForFunction(() => document.activeElement.textContent === "Cancel");
  await visitor.press(dialog.getByRole("button", { name: "Delete permanently" }));
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
  await visitor.give(
    [one, two, waiting].map((name) => ({ name, secret_string: "v", secret_type: "RDS-FG", rotation_config })),
  );
  const row = await visitor.find(waiting);
  await visitor.act(row.getByRole("button", { name: /^Actions/ }), "Schedule deletion…");
  await visitor.press(page.getByRole("dialog").getByRole("button", { name: "Schedule deletion" }));
  await row.getByText("Pending deletion").waitFor();

  await visitor.goTo("Delete by instance");
  await visitor.press(visitor.button("Preview"));
  await page.getByText("There is no condition").waitFor();
  assert.equal(visitor.calls("BatchDeleteSecrets").length, 0, "nothing is sent without a condition");

  await visitor.type(visitor.field("Instance"), instance);
  await visitor.choose(visitor.field("Service"), "RDS");
  await visitor.press(visitor.button("Preview"));
  await visitor.heading("2 of 3 secrets would be scheduled for deletion").waitFor();
  for (const name of [one, two]) await visitor.outcome(name).getByText("Schedule").waitFor();
  await visitor.outcome(waiting).getByText("CSMS.0107").waitFor();
  await screenshot(visitor, "delete-preview");

  // Other conditions, other secrets: the old preview must not be acted upon.
  await visitor.choose(visitor.field("Service"), "Any");
  await visitor.button(/^Schedule the deletion/).waitFor({ state: "detached" });
  await visitor.press(page.getByLabel(/^Delete permanently now/), "Space");
  await visitor.press(visitor.button("Preview"));

  await visitor.press(page.getByLabel("Exactly 2 secrets will be deleted permanently"), "Space");
  await visitor.press(visitor.button("Delete 2 secrets permanently"));
  await visitor.heading("1 rejected, 2 deleted permanently").waitFor();
  await visitor.press(page.getByRole("link", { name: "See the secrets" }));
  await visitor.find(waiting);
  await visitor.field("Search").fill(`name:${one}`);
  await page.getByText("No secret matches the search.").waitFor();
  await visitor.leave();
});

test("a search speaks the server's grammar, and what it does not understand is shown with its place", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const [mark, waiting, read] = [unique("mark"), unique("waiting"), unique("read")];
  await visitor.enter();
  await visitor.give(
    [waiting, read, unique("other")].map((name) => ({ name, secret_string: "v", description: `About ${mark}` })),
  );
  await visitor.act((await visitor.find(waiting)).getByRole("button", { name: /^Actions/ }), "Schedule deletion…");
  await visitor.press(visitor.dialog().getByRole("button", { name: "Schedule deletion" }));
  await visitor.closed();
  await visitor.open(read);
  await visitor.press(visitor.button("Reveal value"));
  await page.getByLabel("Value of the secret").waitFor();
  await visitor.goTo("Secrets");

  const box = visitor.field("Search");
  const names = () => page.getByRole("table").getByRole("rowheader").getByRole("link").allInnerTexts();
  await visitor.tabTo(box);
  await page.keyboard.press("Control+A");
  await page.keyboard.type(mark.toUpperCase());
  await page.getByText("3 found").waitFor();
  await visitor.press(visitor.button("Pending deletion"));
  await page.getByText("1 found").waitFor();
  assert.deepEqual(await names(), [waiting]);
  assert.equal(await box.inputValue(), `${mark.toUpperCase()} state:PENDING_DELETE`);
  assert.equal(await visitor.button("Pending deletion").getAttribute("aria-pressed"), "true");
  await visitor.press(visitor.button("Pending deletion"));
  await page.getByText("3 found").waitFor();
  await visitor.press(visitor.button("Never read"));
  await page.getByText("2 found").waitFor();
  assert.ok(!(await names()).includes(read));

  const asked = visitor.calls("SearchSecrets").length;
  await box.fill(`${mark} stat:ENABLED`);
  await page.locator(".search .problems").waitFor();
  assert.match(await page.locator(".search .problems").innerText(), /character \d+/);
  assert.equal(await box.getAttribute("aria-invalid"), "true");
  await screenshot(visitor, "search-problem");
  await box.press("Enter");
  await box.fill(`${mark} -state:ENABLED`);
  await page.getByText("1 found").waitFor();
  assert.equal(visitor.calls("SearchSecrets").length, asked + 1, "what the rules reject is not sent");

  await visitor.press(page.getByText("How to search"));
  await page.getByText("names that begin with web-").waitFor();
  // Searching again after a look at one secret would be a nuisance.
  await visitor.press(page.getByRole("link", { name: waiting, exact: true }));
  await visitor.heading("Versions").waitFor();
  await visitor.press(page.getByRole("link", { name: "All secrets" }));
  await page.getByText("1 found").waitFor();
  await visitor.leave();
});

test("thousands of secrets stay smooth, page by page", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const prefix = unique("many");
  await visitor.enter();
  for (const part of [0, 1, 2]) {
    await visitor.give(
      Array.from({ length: 1_000 }, (_, index) => ({
        name: `${prefix}-${part}${String(index).padStart(3, "0")}`,
        secret_string: "v",
      })),
    );
  }
  await visitor.field("Search").fill(`name:${prefix}*`);
  await page.getByText("500 found; there may be more").waitFor();
  await visitor.press(visitor.button("Load more"));
  await page.getByText("1,000 found; there may be more").waitFor();
  // Pressed while a page is on its way: no page may be asked for twice.
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/SearchSecrets", async (route) => {
    await held;
    await route.continue();
  });
  const asked = visitor.calls("SearchSecrets").length;
  await visitor.press(visitor.button("Load more"));
  await visitor.press(visitor.button("Load all"));
  release();
  await page.getByText("3,000 found", { exact: true }).waitFor();
  assert.equal(visitor.calls("SearchSecrets").length, asked + 4, "each page is asked for once");
  assert.ok((await page.locator("tbody tr").count()) < 60, "only rows in sight are drawn");
  await screenshot(visitor, "list");

  const row = (index) => page.getByRole("link", { name: `${prefix}-${String(index).padStart(4, "0")}`, exact: true });
  await visitor.tabTo(row(0));
  await page.keyboard.press("End");
  await page.waitForFunction(
    () => document.activeElement.closest("tr")?.ariaRowIndex === document.querySelector("table").ariaRowCount,
  );
  assert.ok(await row(2999).evaluate((link) => link === document.activeElement));
  await page.keyboard.press("Home");
  await page.waitForFunction(() => document.activeElement.closest("tr")?.ariaRowIndex === "2");
  await page.keyboard.press("ArrowDown");
  assert.ok(await row(1).evaluate((link) => link === document.activeElement));
  await visitor.leave();
});
