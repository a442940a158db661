// Importing: by hand, from a pasted body and from a dropped file, with refusals from both sides.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrive, screenshot, unique } from "./stage.mjs";

test("an expired session does not cost what was typed, but only its owner gets it back", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const [name, value] = [unique("late"), unique("value")];
  await visitor.enter();
  await visitor.goTo("Import");
  await visitor.type(visitor.field("Name"), name);
  await visitor.type(visitor.field("Value"), value);
  await page.route(/BatchImportSecrets$/, (route) =>
    route.continue({ headers: { ...route.request().headers(), "x-auth-token": "of-yesterday" } }),
  );
  await visitor.press(visitor.button("Import 1 secret"));
  await visitor.heading("Log in to Strongroom").waitFor();
  await page.unroute(/BatchImportSecrets$/);

  await visitor.logIn();
  await visitor.heading("Import secrets").waitFor();
  assert.equal(await visitor.field("Name").inputValue(), name);
  await visitor.press(visitor.button("Import 1 secret"));
  await visitor.heading("1 stored, 0 refused").waitFor();

  await visitor.press(visitor.button("Import more"));
  await visitor.type(visitor.field("Name"), name);
  await visitor.press(visitor.button("Log out"));
  await visitor.logIn();
  await visitor.heading("Import secrets").waitFor();
  assert.equal(await visitor.field("Name").inputValue(), "");
  await visitor.leave({ values: [value] });
});

test("entries typed by hand are judged while typing, and refused ones can be repaired", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const [taken, fresh, value] = [unique("taken"), unique("fresh"), unique("value")];
  await visitor.enter();
  await visitor.goTo("Import");

  const entry = (number) => page.getByRole("group", { name: `Entry ${number}` });
  const first = entry(1);
  await visitor.type(first.getByLabel("Name"), "not a name");
  await first.getByText("characters that are not allowed").waitFor();
  const name = first.getByLabel("Name");
  assert.equal(await name.getAttribute("aria-invalid"), "true");
  const describedBy = (await name.getAttribute("aria-describedby")).split(" ")[0];
  assert.match(await page.locator(`[id="${describedBy}"]`).innerText(), /characters that are not allowed/);
  await name.fill(taken);
  assert.equal(await name.getAttribute("aria-invalid"), "false");

  await visitor.type(first.getByLabel("Value", { exact: true }), value);
  await visitor.press(visitor.button("Add an entry"));
  assert.ok(await entry(2).getByLabel("Name").evaluate((input) => input === document.activeElement));
  await page.keyboard.type(taken);
  await entry(2).getByText("same as that of entry 1").waitFor();
  await visitor.choose(entry(2).getByLabel("Type"), "RDS-FG (account of an RDS instance)");
  await visitor.press(visitor.button("Add an entry"));
  // The card has been left: now it tells what is missing, also in the part that was folded.
  await entry(2).getByText("no value").waitFor();
  await entry(2).getByText("rotation_config").first().waitFor();
  await visitor.button("Import 1 of 2 secrets").waitFor();
  await screenshot(visitor, "import-problems");

  await visitor.press(entry(1).locator("..").getByRole("button", { name: "Show the text" }));
  assert.equal(await first.getByLabel("Value", { exact: true }).inputValue(), value);
  await visitor.press(visitor.button("Import 1 of 2 secrets"));
  await visitor.heading("1 stored, 0 refused").waitFor();

  await visitor.press(visitor.button("Repair the 1 left"));
  assert.equal(await entry(1).getByLabel("Name").inputValue(), taken);
  await visitor.choose(entry(1).getByLabel("Type"), "COMMON");
  await visitor.type(entry(1).getByLabel("Value", { exact: true }), value);
  await visitor.press(visitor.button("Import 1 secret"));
  // Only the server could know that this name is taken by now.
  await visitor.heading("0 stored, 1 refused").waitFor();
  const reason = await page.getByRole("list", { name: "Refused entries" }).innerText();
  assert.match(reason, new RegExp(taken));
  await screenshot(visitor, "import-refused");

  await visitor.press(visitor.button("Repair the 1 left"));
  assert.equal(await entry(1).getByLabel("Name").getAttribute("aria-invalid"), "true");
  await visitor.tabTo(entry(1).getByLabel("Name"));
  await page.keyboard.press("Control+A");
  await page.keyboard.type(fresh);
  await visitor.press(visitor.button("Import 1 secret"));
  await visitor.heading("1 stored, 0 refused").waitFor();

  await visitor.press(page.getByRole("link", { name: "See the secrets" }));
  await visitor.find(fresh);
  await visitor.find(taken);
  await visitor.leave({ values: [value] });
});

test("a pasted body is judged by line, and each entry gets its outcome", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const [kept, taken, value] = [unique("kept"), unique("taken"), unique("value")];
  await visitor.enter();
  await visitor.give([{ name: taken, secret_string: "first" }]);
  await visitor.goTo("Import");

  await visitor.tabTo(page.getByLabel("From a JSON body"));
  await page.keyboard.press("ArrowLeft");
  await page.getByRole("group", { name: "Entry 1" }).waitFor();
  await page.keyboard.press("ArrowRight");
  const box = visitor.field("JSON body");
  await visitor.tabTo(box);

  const paste = async (text) => {
    await box.fill("");
    await page.keyboard.insertText(text);
  };
  await paste('{"secrets": [\n  {"name": "a",,}\n]}');
  await page.getByText("Line 2, column 16:").waitFor();
  await paste("[]");
  await visitor.button("Import", { exact: true }).waitFor();

  const lines = [
    '{"secrets": [',
    `  {"name": "${kept}", "secret_string": "${value}"},`,
    `  {"name": "${taken}", "secret_string": "${value}"},`,
    '  {"name": "no spaces please",',
    '   "secret_binary": "###"},',
    `  {"name": "${kept}", "secret_string": 5}`,
    "]}",
  ];
  await paste(lines.join("\n"));
  const problems = page.getByRole("list", { name: "Entries with problems" });
  await problems.getByText("Entry 3, line 4").waitFor();
  await problems.getByText("Entry 4, line 6").waitFor();
  assert.match(await problems.innerText(), /secret_binary.*Base64/);
  await page.getByText("2 ready").waitFor();
  await page.getByText("2 with problems").waitFor();

  // Hidden as soon as it is left, for eyes and for screen readers.
  await visitor.tabTo(visitor.button("Show the text"));
  assert.ok(!(await box.inputValue()).includes(value));
  await visitor.press(problems.getByRole("button", { name: "Show line 5" }));
  await page.waitForFunction(() => document.activeElement?.tagName === "TEXTAREA");
  assert.equal(await page.evaluate(() => getSelection().toString()), lines[4]);
  await screenshot(visitor, "import-body");

  await visitor.press(visitor.button("Import 2 of 4 secrets"));
  await visitor.heading("1 stored, 1 refused").waitFor();
  assert.match(await page.getByRole("list", { name: "Refused entries" }).innerText(), new RegExp(taken));
  await visitor.press(page.getByText("Stored (1)"));
  await page.getByRole("list", { name: "Stored entries" }).getByText(kept).waitFor();

  await visitor.press(visitor.button("Repair the 3 left"));
  const left = page.getByRole("list", { name: "Entries with problems" });
  assert.match(await left.innerText(), new RegExp(`Entry 1, line 3\\s+${taken}`));
  await visitor.leave({ values: [value] });
});

test("a dropped file is read in the browser, and a broken one says where", async () => {
  const visitor = await arrive();
  const name = unique("dropped");
  await visitor.enter();
  await visitor.goTo("Import");
  await visitor.page.getByLabel("From a JSON body").check();
  const drop = (text) =>
    visitor.page.locator(".drop").evaluate((area, body) => {
      const carried = new DataTransfer();
      carried.items.add(new File([body], "secrets.json", { type: "application/json" }));
      area.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
    }, text);

  await drop('[\n{"name": "a" "secret_string": "b"}]');
  await visitor.page.getByText("Line 2, column 14:").waitFor();
  await drop(JSON.stringify([{ name, secret_binary: "AAEC" }]));
  await visitor.page.getByText("From secrets.json.").waitFor();
  await visitor.press(visitor.button("Import 1 secret"));
  await visitor.heading("1 stored, 0 refused").waitFor();
  await visitor.leave();
});
