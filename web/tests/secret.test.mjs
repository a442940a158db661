// One secret on its own screen: versions and stages, tags, description and key, backup and restore.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { arrive, screenshot, unique } from "./stage.mjs";

/** Somebody in front of a secret that has just been made. */
async function before(name, entry = {}) {
  const visitor = await arrive();
  await visitor.enter();
  await visitor.give([{ name, secret_string: "first", ...entry }]);
  await visitor.open(name);
  return visitor;
}

const reveal = async (visitor, within, value) => {
  await visitor.press(within.getByRole("button", { name: "Reveal value" }));
  await within.getByLabel("Value of the secret").waitFor();
  assert.equal(await within.getByLabel("Value of the secret").textContent(), value);
};

test("a value is masked until asked for, and hides again by itself", async () => {
  const [name, value] = [unique("shown"), `${unique("value")}\nsecond line`];
  const visitor = await before(name, { secret_string: value, description: "For the test of showing" });
  const { page } = visitor;
  await page.getByText("For the test of showing").waitFor();
  assert.equal(visitor.calls("ShowSecretVersion").length, 0, "the value is not fetched before it is asked for");

  await page.clock.install();
  await reveal(visitor, page.getByRole("main"), value);
  await visitor.button("Hide value").waitFor();
  const lastRead = page.locator("dt", { hasText: "Value last read" }).locator("xpath=../dd");
  await lastRead.getByText(/^[0-9]/).waitFor();
  await screenshot(visitor, "secret-value");
  await page.clock.runFor(31_000);
  await page.getByText("Hidden").waitFor();
  await visitor.button("Reveal value").waitFor();

  await page.reload();
  await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
  await page.getByText("For the test of showing").waitFor();
  assert.equal(
    await page.getByLabel("Value of the secret").count(),
    0,
    "the address shows the secret, never its value",
  );
  await visitor.leave({ values: [value.split("\n")[0]] });
});

test("a new version becomes current, and one step brings the old one back", async () => {
  const [name, second] = [unique("rolled"), unique("value")];
  const visitor = await before(name);
  const { page } = visitor;

  await visitor.press(visitor.button("New version").last());
  const dialog = visitor.dialog(`New version of ${name}`);
  await visitor.press(dialog.getByRole("button", { name: "Store version" }));
  await dialog.getByText("has no value").waitFor();
  assert.equal(visitor.calls("CreateSecretVersion").length, 0, "nothing is sent without a value");
  await visitor.type(dialog.getByLabel("Value", { exact: true }), second);
  await dialog.getByText("v1 becomes SYSPREVIOUS").waitFor();
  await visitor.press(dialog.getByRole("button", { name: "Store version" }));
  await visitor.closed();
  await visitor.version("v2").getByText("SYSCURRENT").waitFor();
  await visitor.version("v1").getByText("SYSPREVIOUS").waitFor();
  const order = await page.getByRole("table").getByRole("rowheader").allInnerTexts();
  assert.deepEqual(order, ["v2", "v1"], "newest first");
  await reveal(visitor, page.getByRole("region", { name: "Current value" }), second);

  await visitor.act(visitor.button("Actions for v1"), /^Make current/);
  const question = visitor.dialog("Make v1 current?");
  await question.getByText("v2, current now, keeps its value and becomes SYSPREVIOUS").waitFor();
  // The harmless answer comes first.
  await page.waitForFunction(() => document.activeElement.textContent === "Cancel");
  await screenshot(visitor, "roll-back");
  await visitor.press(question.getByRole("button", { name: "Make v1 current" }));
  await visitor.closed();
  await visitor.version("v1").getByText("SYSCURRENT").waitFor();
  assert.equal(
    await page.getByLabel("Value of the secret").count(),
    0,
    "a value that is no longer current is not left standing",
  );
  await reveal(visitor, page.getByRole("region", { name: "Current value" }), "first");

  await visitor.act(visitor.button("Actions for v2"), /^Show value/);
  await reveal(visitor, visitor.dialog("Value of v2"), second);
  await page.keyboard.press("Escape");
  await visitor.closed();
  await page.waitForFunction(() => document.activeElement?.ariaLabel === "Actions for v2");
  await visitor.leave({ values: [second] });
});

test("stages of one's own are put, moved and removed, and wrong ones are rejected in words", async () => {
  const name = unique("staged");
  const visitor = await before(name);
  await visitor.press(visitor.button("New version").last());
  const dialog = visitor.dialog(`New version of ${name}`);
  await visitor.type(dialog.getByLabel("Value", { exact: true }), "AAEC");
  await dialog.getByLabel("Binary, as Base64").check();
  await dialog.getByLabel("Keep aside under a stage").check();
  const stages = dialog.getByLabel("Stages", { exact: true });
  await stages.fill("green not.allowed");
  await dialog.getByText("not the name of a stage").first().waitFor();
  await screenshot(visitor, "new-version");
  await stages.fill("green, blue");
  await visitor.press(dialog.getByRole("button", { name: "Store version" }));
  await visitor.closed();
  await visitor.version("v2").getByText("green").waitFor();
  await visitor.version("v1").getByText("SYSCURRENT").waitFor();

  await visitor.act(visitor.button("Actions for v1"), /^Add a stage/);
  await visitor.type(visitor.dialog().getByLabel("Stage", { exact: true }), "blue");
  await visitor.dialog().getByText("blue is on v2 now").waitFor();
  await visitor.press(visitor.button("Add stage"));
  await visitor.closed();
  await visitor.version("v1").getByText("blue").waitFor();
  assert.equal(await visitor.version("v2").getByText("blue").count(), 0);

  assert.equal(await visitor.button("Remove stage SYSCURRENT").count(), 0, "built-in stages stay");
  await visitor.press(visitor.button("Remove stage green"));
  await visitor.version("v2").getByText("green").waitFor({ state: "detached" });
  await visitor.page.waitForFunction(() => document.activeElement?.tagName === "H2");
  await visitor.leave();
});

test("a password is made up by a policy, and what the policy cannot give is said", async () => {
  const name = unique("generated");
  const visitor = await before(name);
  await visitor.press(visitor.button("New version").last());
  const dialog = visitor.dialog(`New version of ${name}`);
  await visitor.press(dialog.getByText("Generate a password"));
  const length = dialog.getByLabel("Length");
  await length.fill("0");
  await visitor.press(dialog.getByRole("button", { name: "Generate", exact: true }));
  await dialog.locator(".rejected").waitFor();
  assert.match(await dialog.locator(".rejected").innerText(), /length.*CSMS\.0002/s);
  await length.fill("24");
  await dialog.getByLabel("Punctuation").uncheck();
  await visitor.type(dialog.getByLabel("Exclude these characters"), "abc0O");
  await visitor.press(dialog.getByRole("button", { name: "Generate", exact: true }));
  await dialog.getByText("A password of 24 characters was entered in the form").waitFor();
  await visitor.press(dialog.getByRole("button", { name: "Show the text" }));
  const made = await dialog.getByLabel("Value", { exact: true }).inputValue();
  assert.match(made, /^[d-zA-NP-Z1-9]{24}$/);
  await screenshot(visitor, "generated");
  await visitor.press(dialog.getByRole("button", { name: "Store version" }));
  await visitor.closed();
  await reveal(visitor, visitor.page.getByRole("region", { name: "Current value" }), made);
  await visitor.leave({ values: [made] });
});

test("an expiry lies in the future, or is rejected", async () => {
  const name = unique("expires");
  const visitor = await before(name);
  await visitor.act(visitor.button("Actions for v1"), /^Set expiry/);
  const dialog = visitor.dialog("When v1 expires");
  const field = dialog.getByLabel("Expires", { exact: true });
  await field.fill("2020-01-01T00:00");
  await dialog.getByText(/later than now|future|past/i).waitFor();
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  await field.fill("2040-05-01T12:30");
  await visitor.press(dialog.getByRole("button", { name: "Save expiry" }));
  await visitor.closed();
  await visitor.version("v1").getByText("1 May 2040, 12:30").waitFor();
  await visitor.leave();
});

test("description and key are changed where they stand, and Escape leaves them as they were", async () => {
  const name = unique("described");
  const visitor = await before(name, { description: "Before" });
  const { page } = visitor;
  await visitor.press(visitor.button("Change description"));
  await page.keyboard.type("Thrown away");
  await page.keyboard.press("Escape");
  await page.getByText(/^Before/).waitFor();
  await page.waitForFunction(() => document.activeElement?.textContent === "Change description");

  await page.keyboard.press("Enter");
  await page.keyboard.type("First line");
  await page.keyboard.press("Enter");
  await page.keyboard.type("second line");
  await visitor.press(visitor.button("Save"));
  await page.getByText("First line second line").waitFor();

  await visitor.press(visitor.button("Change key for new versions"));
  await page.keyboard.type("x".repeat(65));
  await page.locator(".in-place .problems").waitFor();
  assert.equal(visitor.calls("UpdateSecret").length, 1, "what the rules reject is not sent");
  await page.getByLabel("Key for new versions").fill("team/keys");
  await visitor.press(visitor.button("Save"));
  await page.getByText("The key for new versions is saved.").waitFor();
  await visitor.press(visitor.button("New version").last());
  await visitor.type(visitor.dialog().getByLabel("Value", { exact: true }), "second");
  await visitor.press(visitor.button("Store version"));
  await visitor.closed();
  await visitor.version("v2").getByText("team/keys").waitFor();
  await visitor.version("v1").getByText("csms/default").waitFor();
  await visitor.leave();
});

test("rotation is changed as a whole, judged before it is sent, and an event that does not exist is rejected", async () => {
  const name = unique("rotated");
  const visitor = await before(name);
  const { page } = visitor;
  const fact = (label) => page.locator("dt", { hasText: label }).locator("xpath=../dd");
  await fact("Rotation").getByText("No schedule").waitFor();

  await visitor.press(visitor.button("Change rotation"));
  await visitor.press(page.getByLabel("Rotate by schedule"), "Space");
  await page.getByText("Automatic rotation needs a rotation_period.").waitFor();
  await visitor.press(visitor.button("Save"));
  assert.equal(visitor.calls("UpdateSecret").length, 0, "what the rules reject is not sent");
  await visitor.type(page.getByLabel("Rotation period"), "12h");
  await visitor.type(page.getByLabel("Rotation function"), "urn:fss:rotate");
  await screenshot(visitor, "rotation");
  await visitor.press(visitor.button("Save"));
  await fact("Rotation").getByText("Every 12h, by urn:fss:rotate").waitFor();
  await page.waitForFunction(() => document.activeElement?.textContent === "Change rotation");

  await page.reload();
  await fact("Rotation").getByText("Every 12h, by urn:fss:rotate").waitFor();
  await visitor.press(visitor.button("Change rotation"));
  await visitor.press(page.getByLabel("Rotate by schedule"), "Space");
  await visitor.press(visitor.button("Save"));
  await fact("Rotation").getByText("No schedule, set to 12h, by urn:fss:rotate").waitFor();

  await visitor.press(visitor.button("Change event"));
  await page.keyboard.type("not there");
  await page.locator(".in-place .problems").waitFor();
  await page.getByLabel("Event").fill("unknown-event");
  await visitor.press(visitor.button("Save"));
  await page.getByText("There is no event named unknown-event").waitFor();
  await page.keyboard.press("Escape");
  await fact("Event").getByText("None").waitFor();
  await visitor.leave();
});

test("tags are added, changed and removed, and the list finds and shows them", async () => {
  const [name, team] = [unique("tagged"), unique("team")];
  const visitor = await before(name);
  const { page } = visitor;
  const add = async (key, value) => {
    await visitor.press(visitor.button("Add a tag"));
    await visitor.type(visitor.dialog().getByLabel("Key", { exact: true }), key);
    await visitor.type(visitor.dialog().getByLabel("Value", { exact: true }), value);
  };
  const tags = page.getByRole("list", { name: "Tags of the secret" });

  await add("_sys_mine", "x");
  await visitor.dialog().getByText("_sys_").waitFor();
  assert.equal(await visitor.dialog().getByLabel("Key", { exact: true }).getAttribute("aria-invalid"), "true");
  await visitor.dialog().getByLabel("Key", { exact: true }).fill("team");
  await visitor.dialog().getByLabel("Value", { exact: true }).fill(team);
  await visitor.press(visitor.button("Save tag"));
  await visitor.closed();
  await tags.getByText(team).waitFor();

  await visitor.press(visitor.button("Change tag team"));
  await visitor.dialog().getByLabel("Value", { exact: true }).fill(`${team} night`);
  await visitor.press(visitor.button("Save tag"));
  await visitor.closed();
  await tags.getByText(`${team} night`).waitFor();
  await add("spare", "");
  await visitor.press(visitor.button("Save tag"));
  await visitor.closed();
  await visitor.press(visitor.button("Remove tag spare"));
  await tags.getByText("spare").waitFor({ state: "detached" });

  await visitor.goTo("Secrets");
  // The list has kept its search for the secret.
  await visitor.field("Search").fill("");
  await page.getByText(/[0-9] loaded/).waitFor();
  const asked = visitor.calls("ListProjectSecretsTags").length;
  await page.reload();
  await page.getByText(/[0-9] loaded/).waitFor();
  assert.equal(visitor.calls("ListProjectSecretsTags").length, asked, "not asked for before somebody comes to choose");
  await visitor.choose(visitor.field("Tag"), `team = ${team} night`);
  assert.equal(await visitor.field("Search").inputValue(), `tag:team="${team} night"`);
  await page.getByText("1 found").waitFor();
  await page.getByRole("row").filter({ hasText: name }).getByText(`team=${team} night`).waitFor();
  await visitor.choose(visitor.field("Tag"), "Any tag");
  await page.getByText("1 found").waitFor({ state: "detached" });
  assert.equal(visitor.calls("ListProjectSecretsTags").length, asked + 1, "and kept");
  assert.equal(visitor.calls("ListSecretTags").length, 0, "the tags of a secret come with it");
  await visitor.leave();
});

test("a backup is a file that brings the secret back, and another file is rejected in words", async () => {
  const [name, value] = [unique("saved"), unique("value")];
  const visitor = await before(name, { secret_string: value });
  const { page } = visitor;
  const coming = page.waitForEvent("download");
  await visitor.press(visitor.button("Download a backup"));
  const download = await coming;
  assert.equal(download.suggestedFilename(), `${name}.strongroom-backup`);
  const backup = await readFile(await download.path(), "utf8");
  assert.ok(!backup.includes(value));

  await visitor.act(visitor.button(/^More actions/), "Delete permanently…");
  await visitor.press(visitor.button("Delete permanently"));
  await visitor.heading("Secrets").waitFor();

  await visitor.act(visitor.button("More ways to add secrets"), "Restore a backup…");
  const dialog = visitor.dialog("Restore a secret from a backup");
  const give = (text) =>
    dialog
      .getByLabel("Choose a backup file")
      .setInputFiles({ name: "a.strongroom-backup", mimeType: "text/plain", buffer: Buffer.from(text) });
  await give("x".repeat(5_242_881));
  await dialog.getByText("has 5,242,881 characters, and a backup has 5,242,880 at most").waitFor();
  await visitor.press(dialog.getByRole("button", { name: "Restore" }));
  assert.equal(visitor.calls("UploadSecretBlob").length, 0, "what is too large is not sent");
  await give("not a backup");
  await visitor.press(dialog.getByRole("button", { name: "Restore" }));
  await dialog.getByText("CSMS.0002").waitFor();
  await screenshot(visitor, "restore-rejected");
  await give(`${backup}\n`);
  await visitor.press(dialog.getByRole("button", { name: "Restore" }));
  await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
  await reveal(visitor, page.getByRole("region", { name: "Current value" }), value);
  await visitor.leave({ values: [value] });
});

test("a secret that waits can be looked at, and changed only once its deletion is cancelled", async () => {
  const name = unique("waits");
  const visitor = await before(name);
  const { page } = visitor;
  await visitor.press(visitor.button("Schedule deletion…"));
  await visitor.press(visitor.dialog().getByRole("button", { name: "Schedule deletion" }));
  await visitor.closed();
  await page.getByText("cannot be read and nothing can be changed").waitFor();
  for (const button of [
    "Reveal value",
    "New version",
    "Add a tag",
    "Change description",
    "Change rotation",
    "Download a backup",
  ]) {
    assert.equal(await page.getByRole("button", { name: button, exact: true }).count(), 0, button);
  }
  await visitor.version("v1").getByText("SYSCURRENT").waitFor();
  await screenshot(visitor, "secret-waiting");
  await visitor.press(visitor.button("Cancel deletion"));
  await visitor.button("Reveal value").waitFor();

  await page.goto(`${new URL(page.url()).origin}/#/secrets/${unique("missing")}`);
  await page.getByText("There is no secret named").waitFor();
  await visitor.leave();
});
