// Many secrets at once: choosing, deleting, keeping, undoing, and looking at what was done.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { answer, arrive, rejection, screenshot, unique } from "./stage.mjs";

const names = (prefix, count) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(3, "0")}`);
const entries = (all) => all.map((name) => ({ name, secret_string: "v" }));

/** Somebody who has so many secrets of one prefix in the list. */
async function withSecrets(count) {
  const visitor = await arrive();
  const prefix = unique("batch");
  await visitor.enter();
  await visitor.give(entries(names(prefix, count)));
  await visitor.field("Search").fill(`name:${prefix}*`);
  await visitor.page.getByText(`${count} found`).waitFor();
  return {
    visitor,
    page: visitor.page,
    prefix,
    chosen: (index) => visitor.page.getByLabel(`Choose ${names(prefix, count)[index]}`),
  };
}

test("a choice survives searching, and says how much of it is in sight", async () => {
  const { visitor, page, prefix, chosen } = await withSecrets(12);
  await visitor.press(chosen(0), "Space");
  await page.getByText("1 selected, 1 of them in this list").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.getByText("2 selected, 2 of them in this list").waitFor();
  await chosen(6).click({ modifiers: ["Shift"] });
  await page.getByText("6 selected, 6 of them in this list").waitFor();
  await visitor.field("Search").fill(`name:${prefix}-00*`);
  await page.getByText("10 found").waitFor();
  await visitor.field("Search").fill(`name:${prefix}-01*`);
  await page.getByText("6 selected, 0 of them in this list").waitFor();
  await page.getByLabel("Select all loaded").check();
  await page.getByText("8 selected, 2 of them in this list").waitFor();
  await screenshot(visitor, "selection");

  // Only the one who chose has chosen.
  await visitor.press(visitor.button("Log out"));
  await visitor.enter();
  await page.getByText(/loaded/).waitFor();
  assert.equal(await page.getByText("selected").count(), 0);
  await visitor.leave();
});

test("many are deleted with a window, shown first, and all of it is undone", async () => {
  const { visitor, page, prefix, chosen } = await withSecrets(40);
  await visitor.press(visitor.page.getByLabel("Select all loaded"), "Space");
  await chosen(0).uncheck();
  await visitor.press(visitor.button("Delete 39 secrets…"));
  const dialog = visitor.dialog("Delete 39 secrets?");
  const days = dialog.getByLabel("Days until deletion");
  assert.equal(await days.inputValue(), "30");
  await days.fill("6");
  await visitor.press(dialog.getByRole("button", { name: "Preview" }));
  assert.equal(await days.getAttribute("aria-invalid"), "true");
  assert.equal(visitor.calls("BatchDeleteSecrets").length, 0, "what the rules reject is not sent");
  await days.fill("7");
  await visitor.press(dialog.getByRole("button", { name: "Preview" }));
  await visitor.heading("39 of 39 secrets would be scheduled for deletion").waitFor();
  await dialog.getByText(/The project has [\d,]+ secrets in all/).waitFor();
  await dialog.getByText("never read").first().waitFor();
  await screenshot(visitor, "delete-many");

  await visitor.press(dialog.getByRole("button", { name: "Schedule the deletion of 39 secrets" }));
  await visitor.heading("39 deletions scheduled").waitFor();
  await visitor.press(dialog.getByRole("button", { name: "Undo…" }));
  const undo = visitor.dialog("Undo this batch?");
  await visitor.press(undo.getByRole("button", { name: "Undo 39 secrets" }));
  await dialog.getByText("The batch was undone.").waitFor();
  await visitor.press(dialog.getByRole("button", { name: "Close" }));
  await visitor.closed();
  await visitor.field("Search").fill(`name:${prefix}* state:ENABLED`);
  await page.getByText("40 found").waitFor();
  assert.equal(await page.getByText("selected").count(), 0, "what was done leaves the choice");
  await visitor.leave();
});

test("deleting for good takes two switches and the number that was shown", async () => {
  const { visitor, page, prefix, chosen } = await withSecrets(3);
  await chosen(0).check();
  await chosen(2).check();
  await visitor.press(visitor.button("Delete 2 secrets…"));
  const dialog = visitor.dialog("Delete 2 secrets?");
  await visitor.press(dialog.getByLabel(/^Delete permanently now/), "Space");
  await visitor.press(dialog.getByRole("button", { name: "Preview" }));
  await visitor.heading("2 of 2 secrets would be deleted permanently").waitFor();
  const button = dialog.getByRole("button", { name: "Delete 2 secrets permanently" });
  await visitor.press(button);
  assert.equal(await button.getAttribute("aria-disabled"), "true");
  assert.equal(visitor.calls("BatchDeleteSecrets").length, 1, "only the preview was asked for");
  await visitor.press(dialog.getByLabel("Exactly 2 secrets will be deleted permanently"), "Space");
  await screenshot(visitor, "delete-for-good");
  await visitor.press(button);
  await visitor.heading("2 deleted permanently").waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Undo…" }).count(), 0);
  await page.keyboard.press("Escape");
  await visitor.closed();
  await visitor.field("Search").fill(`name:${prefix}*`);
  await page.getByText("1 found").waitFor();
  await visitor.leave();
});

test("somebody else was quicker: nothing is deleted before it is shown again", async () => {
  const { visitor, page, prefix, chosen } = await withSecrets(2);
  await chosen(0).check();
  await chosen(1).check();
  await visitor.press(visitor.button("Delete 2 secrets…"));
  await visitor.press(visitor.dialog().getByRole("button", { name: "Preview" }));
  await visitor.heading("2 of 2 secrets would be scheduled for deletion").waitFor();

  const other = await arrive();
  await other.enter();
  const row = await other.find(names(prefix, 2)[0]);
  await other.act(row.getByRole("button", { name: /^Actions/ }), "Delete permanently…");
  await other.press(other.dialog().getByRole("button", { name: "Delete permanently" }));
  await row.waitFor({ state: "detached" });
  await other.leave();

  await visitor.press(visitor.button("Schedule the deletion of 2 secrets"));
  await page.getByRole("alert").getByText("Something has changed since the dry run").waitFor();
  await visitor.press(visitor.button("Preview again"));
  await visitor.heading(/^1 of 2 secrets would be scheduled/).waitFor();
  assert.match(
    await visitor
      .dialog()
      .getByRole("row")
      .filter({ hasText: names(prefix, 2)[0] })
      .innerText(),
    /Rejected/,
  );
  await visitor.press(visitor.button("Schedule the deletion of 1 secret"));
  await visitor.heading("1 rejected, 1 deletion scheduled").waitFor();
  await visitor.leave();
});

test("many that wait are kept, and those that do not wait are not asked about", async () => {
  const { visitor, page, prefix, chosen } = await withSecrets(5);
  for (const index of [0, 1, 2]) await chosen(index).check();
  await visitor.press(visitor.button("Delete 3 secrets…"));
  await visitor.press(visitor.dialog().getByRole("button", { name: "Preview" }));
  await visitor.press(visitor.button("Schedule the deletion of 3 secrets"));
  await visitor.heading("3 deletions scheduled").waitFor();
  await page.keyboard.press("Escape");
  await visitor.closed();

  await page.locator(".badge", { hasText: "Pending deletion" }).nth(2).waitFor();
  await page.getByLabel("Select all loaded").check();
  await visitor.button("Delete 2 secrets…").waitFor();
  await visitor.press(visitor.button("Cancel 3 deletions…"));
  await visitor.heading("3 of 3 secrets can be cancelled").waitFor();
  await screenshot(visitor, "cancel-many");
  await visitor.press(visitor.button("Cancel the deletion of 3 secrets"));
  await visitor.heading("3 deletions cancelled").waitFor();
  // That can be undone too.
  await visitor.press(visitor.button("Undo…"));
  await visitor.dialog("Undo this batch?").getByText("The secrets are pending deletion again").waitFor();
  await visitor.heading("3 of 3 secrets can be undone").waitFor();
  await visitor.press(visitor.dialog("Undo this batch?").getByRole("button", { name: "Cancel", exact: true }));
  await page.keyboard.press("Escape");
  await visitor.closed();
  await visitor.field("Search").fill(`name:${prefix}* state:ENABLED`);
  await page.getByText("5 found").waitFor();
  await visitor.leave();
});

test("every batch can be looked at and undone later", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const prefix = unique("later");
  await visitor.enter();
  await visitor.give(entries(names(prefix, 2)));
  await visitor.goTo("Batches");
  const table = page.getByRole("table", { name: "Batches of the project" });
  const first = table.getByRole("row").nth(1);
  await first.getByText("2 created").waitFor();
  await first.getByText("Can be undone").waitFor();
  await screenshot(visitor, "batches");
  await visitor.press(first.getByRole("link", { name: /^Import/ }));
  await page.getByRole("heading", { level: 1, name: /^Import, / }).waitFor();
  await page.getByText("2 created").waitFor();
  await visitor.outcome(names(prefix, 2)[1]).getByText("Created").waitFor();
  await screenshot(visitor, "batch");

  await visitor.press(visitor.button("Undo…"));
  const undo = visitor.dialog("Undo this import?");
  await undo
    .getByRole("row")
    .filter({ hasText: names(prefix, 2)[0] })
    .getByText("Undo")
    .waitFor();
  await screenshot(visitor, "undo");
  await visitor.press(undo.getByRole("button", { name: "Undo 2 secrets" }));
  await visitor.closed();
  await page.getByText("Undone", { exact: true }).first().waitFor();
  await visitor.press(page.getByRole("link", { name: "this batch" }));
  await page.getByRole("heading", { level: 1, name: /^Undo, / }).waitFor();
  await page.getByText("2 undone").waitFor();
  await visitor.press(page.getByRole("link", { name: "All batches" }));
  await table.getByRole("row").filter({ hasText: "Undo" }).first().waitFor();
  await visitor.goTo("Secrets");
  await visitor.field("Search").fill(`name:${prefix}*`);
  await page.getByText("No secret matches the search.").waitFor();
  await visitor.leave();
});

/** As the server rejects the preview of what tens of thousands of secrets take. */
const tooLarge = (page, call) =>
  page.route(`**/${call}`, (route) => route.fulfill({ headers: rejection("TOO_LARGE_FOR_ONE_STEP") }), { times: 1 });

/** The server does it, and the line breaks before the answer is there. */
const brokenLine = (page, call) =>
  page.route(
    `**/${call}`,
    async (route) => {
      await route.fetch();
      await route.abort("connectionreset");
    },
    { times: 1 },
  );

/** The console tells of a broken line, as it should. */
const leaveBroken = (visitor) => {
  visitor.complaints = visitor.complaints.filter((complaint) => !complaint.includes("ERR_CONNECTION_RESET"));
  return visitor.leave();
};

test("a batch that was undone in part says so, and one that was undone whole", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  await visitor.enter();
  // As after an undo that the server stopped in, a minute ago: `undone_by` and `can_undo` both.
  const batch = (canUndo) =>
    new BinaryWriter()
      .tag(1, WireType.LengthDelimited)
      .string(`id-${canUndo}`)
      .tag(10, WireType.LengthDelimited)
      .string("other")
      .tag(12, WireType.Varint)
      .bool(canUndo);
  const list = [true, false].reduce(
    (all, canUndo) => all.tag(1, WireType.LengthDelimited).bytes(batch(canUndo).finish()),
    new BinaryWriter(),
  );
  await page.route("**/ListBatches", (route) => route.fulfill(answer(list.finish())), { times: 1 });
  await visitor.goTo("Batches");
  const rows = page.getByRole("table", { name: "Batches of the project" }).getByRole("row");
  await rows.nth(1).getByText("Undone in part", { exact: true }).waitFor();
  await rows.nth(2).getByText("Undone", { exact: true }).waitFor();
  await visitor.leave();
});

test("pressing again after a broken line gets the first answer, and does nothing twice", async () => {
  const { visitor, page, prefix, chosen } = await withSecrets(2);
  await visitor.goTo("Import");
  await page.getByLabel("From a file or text").check();
  await visitor.field("Text").fill(
    names(prefix, 2)
      .map((name) => `${name}=w`)
      .join("\n"),
  );
  await visitor.field("If the secret exists").selectOption({ label: "Add a new version" });
  await visitor.press(visitor.button("Preview 2 secrets"));
  const again = async (call, button, told) => {
    await button.waitFor();
    await brokenLine(page, call);
    await visitor.press(button);
    await page.getByText("Press the same button again").waitFor();
    await visitor.press(button);
    await told.waitFor();
  };
  await again("BatchImportSecrets", visitor.button("Import 2 secrets"), visitor.heading("2 new versions"));
  assert.match(await visitor.outcome(names(prefix, 2)[0]).innerText(), /v2/);

  await visitor.press(visitor.button("Undo…"));
  await visitor.dialog().getByText("The versions it added to others are removed").waitFor();
  await again("UndoBatch", visitor.button("Undo 2 secrets"), page.getByText("The batch was undone."));

  await visitor.goTo("Secrets");
  await visitor.field("Search").fill(`name:${prefix}*`);
  for (const index of [0, 1]) await chosen(index).check();
  await visitor.press(visitor.button("Delete 2 secrets…"));
  await visitor.press(visitor.button("Preview"));
  await again(
    "BatchDeleteSecrets",
    visitor.button("Schedule the deletion of 2 secrets"),
    visitor.heading("2 deletions scheduled"),
  );
  await page.keyboard.press("Escape");
  await visitor.closed();
  await page.locator(".badge", { hasText: "Pending deletion" }).nth(1).waitFor();

  for (const index of [0, 1]) await chosen(index).check();
  await visitor.press(visitor.button("Cancel 2 deletions…"));
  await again(
    "BatchCancelDeletions",
    visitor.button("Cancel the deletion of 2 secrets"),
    visitor.heading("2 deletions cancelled"),
  );
  await leaveBroken(visitor);
});

test("what is too much to be shown before is undone without a preview, and only once", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const prefix = unique("unseen");
  await visitor.enter();
  await visitor.give(entries(names(prefix, 2)));
  await visitor.goTo("Batches");
  const first = page.getByRole("table", { name: "Batches of the project" }).getByRole("row").nth(1);
  await visitor.press(first.getByRole("link", { name: /^Import/ }));
  await tooLarge(page, "UndoBatch");
  await visitor.press(visitor.button("Undo…"));
  const undo = visitor.dialog("Undo this import?");
  await undo.getByText("there is no preview").waitFor();
  await undo.getByText("The secrets it created are deleted permanently.").waitFor();
  assert.equal(visitor.calls("UndoBatch").length, 1, "only the preview was asked for");
  await screenshot(visitor, "undo-unseen");

  await brokenLine(page, "UndoBatch");
  const button = undo.getByRole("button", { name: "Delete what it created, without a preview" });
  await visitor.press(button);
  await undo.getByText("nothing is done twice").waitFor();
  await screenshot(visitor, "undo-unseen-broken");
  await visitor.press(button);
  await undo.getByText("It was undone already.").waitFor();
  await visitor.press(undo.getByRole("link", { name: "The batch that did it" }));
  await page.getByRole("heading", { level: 1, name: /^Undo, / }).waitFor();
  await page.getByText("2 undone").waitFor();
  await visitor.closed();
  await leaveBroken(visitor);
});

test("what is too much to be shown before is scheduled without a preview, and only once", async () => {
  const { visitor, page, prefix, chosen } = await withSecrets(2);
  for (const index of [0, 1]) await chosen(index).check();
  await visitor.press(visitor.button("Delete 2 secrets…"));
  const dialog = visitor.dialog("Delete 2 secrets?");
  await tooLarge(page, "BatchDeleteSecrets");
  await visitor.press(dialog.getByRole("button", { name: "Preview" }));
  await visitor.heading("No preview is available").waitFor();
  await screenshot(visitor, "delete-unseen");
  const button = dialog.getByRole("button", { name: "Schedule the deletion without a preview" });

  // Not so what nobody can bring back.
  await visitor.press(dialog.getByLabel(/^Delete permanently now/), "Space");
  await button.waitFor({ state: "detached" });
  await tooLarge(page, "BatchDeleteSecrets");
  await visitor.press(dialog.getByRole("button", { name: "Preview" }));
  await dialog.getByText("nothing is deleted permanently without one").waitFor();
  assert.equal(await dialog.getByRole("button", { name: /without a preview|for good/ }).count(), 0);
  await visitor.press(dialog.getByLabel(/^Delete permanently now/), "Space");
  await tooLarge(page, "BatchDeleteSecrets");
  await visitor.press(dialog.getByRole("button", { name: "Preview" }));

  await brokenLine(page, "BatchDeleteSecrets");
  await visitor.press(button);
  await dialog.getByText("nothing is done twice").waitFor();
  await visitor.press(button);
  await visitor.heading("2 rejected").waitFor();
  await page.keyboard.press("Escape");
  await visitor.closed();
  await page.locator(".badge", { hasText: "Pending deletion" }).nth(1).waitFor();

  for (const index of [0, 1]) await chosen(index).check();
  await tooLarge(page, "BatchCancelDeletions");
  await visitor.press(visitor.button("Cancel 2 deletions…"));
  await visitor.heading("No preview is available").waitFor();
  await visitor.press(visitor.button("Cancel the deletion of 2 secrets without a preview"));
  await visitor.heading("2 deletions cancelled").waitFor();
  await page.keyboard.press("Escape");
  await visitor.closed();
  await visitor.field("Search").fill(`name:${prefix}* state:ENABLED`);
  await page.getByText("2 found").waitFor();
  await leaveBroken(visitor);
});

test("a selection that is too large is told with what to do about it", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  await visitor.enter();
  await visitor.goTo("Delete by instance");
  await visitor.field("Instance").fill(unique("instance"));
  await visitor.press(visitor.button("Preview"));
  await visitor.heading("No secret matches").waitFor();
  await page.getByText("Check the instance").waitFor();
  assert.equal(await visitor.button(/^Schedule/).count(), 0);
  await page.route("**/BatchDeleteSecrets", (route) => route.fulfill({ headers: rejection("SELECTION_TOO_LARGE") }), {
    times: 1,
  });
  await visitor.press(visitor.button("Preview"));
  await page.getByText("Also choose a service").waitFor();
  await visitor.leave();
});
