// Importing: by hand, from text and from files, always with a preview, and undone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrive, rejection, screenshot, unique } from "./stage.mjs";

const drop = (visitor, name, content) =>
  visitor.page.locator(".drop").evaluate(
    (area, [called, parts]) => {
      const carried = new DataTransfer();
      carried.items.add(new File([typeof parts === "string" ? parts : new Uint8Array(parts)], called));
      area.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
    },
    [name, typeof content === "string" ? content : [...content]],
  );

/** Opens the screen for a file or text. */
async function fromText(visitor) {
  await visitor.goTo("Import");
  await visitor.page.getByLabel("From a file or text").check();
}

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
  await visitor.press(visitor.button("Preview 1 secret"));
  await visitor.heading("Log in to Strongroom").waitFor();
  await page.unroute(/BatchImportSecrets$/);

  await visitor.logIn();
  await visitor.heading("Import secrets").waitFor();
  assert.equal(await visitor.field("Name").inputValue(), name);
  await visitor.import(1);

  await visitor.press(visitor.button("Import more"));
  await visitor.type(visitor.field("Name"), name);
  await visitor.press(visitor.button("Log out"));
  await visitor.press(visitor.button("Discard and log out"));
  await visitor.logIn();
  await visitor.heading("Import secrets").waitFor();
  assert.equal(await visitor.field("Name").inputValue(), "");
  await visitor.leave({ values: [value] });
});

test("entries typed by hand are judged while typing, and rejected ones can be repaired", async () => {
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
  await entry(2).getByLabel("Name").and(page.locator(":focus")).waitFor();
  await page.keyboard.type(taken);
  await entry(2).getByText("same as that of entry 1").waitFor();
  await visitor.choose(entry(2).getByLabel("Type"), "RDS-FG (account of an RDS instance)");
  await visitor.press(visitor.button("Add an entry"));
  // The card has been left: now it tells what is missing, also in the part that was folded.
  await entry(2).getByText("Enter a value.").waitFor();
  await entry(2).getByText("rotation_config").first().waitFor();
  await page.getByText("All or nothing is on: fix the entries with problems first").waitFor();
  assert.equal(await visitor.button("Preview 1 of 2 secrets").getAttribute("aria-disabled"), "true");
  await screenshot(visitor, "import-problems");

  await visitor.press(entry(1).locator("..").getByRole("button", { name: "Show the text" }));
  assert.equal(await first.getByLabel("Value", { exact: true }).inputValue(), value);
  await page.getByLabel(/^All or nothing/).uncheck();
  await visitor.press(visitor.button("Preview 1 of 2 secrets"));
  await page.getByText("1 entry with problems is not part of it").waitFor();
  await visitor.press(visitor.button("Import 1 secret"));
  await visitor.heading("1 created").waitFor();

  await visitor.press(visitor.button("Fix the one left"));
  assert.equal(await entry(1).getByLabel("Name").inputValue(), taken);
  await visitor.choose(entry(1).getByLabel("Type"), "COMMON");
  await visitor.type(entry(1).getByLabel("Value", { exact: true }), value);
  await visitor.press(visitor.button("Preview 1 secret"));
  // Only the server could know that this name is taken by now.
  await visitor.heading("0 of 1 secret would be imported").waitFor();
  assert.match(await visitor.outcome(taken).innerText(), /Rejected[\s\S]*exists already/);
  assert.equal(await visitor.button("Import 0 secrets").getAttribute("aria-disabled"), "true");
  await screenshot(visitor, "import-rejected");

  await visitor.press(visitor.button("Back to the entries"));
  assert.equal(await entry(1).getByLabel("Name").getAttribute("aria-invalid"), "true");
  await visitor.tabTo(entry(1).getByLabel("Name"));
  await page.keyboard.press("Control+A");
  await page.keyboard.type(fresh);
  await visitor.import(1);

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

  await visitor.tabTo(page.getByLabel("By hand"));
  await page.keyboard.press("ArrowRight");
  await visitor.field("Text").waitFor();
  await page.keyboard.press("ArrowLeft");
  await page.getByRole("group", { name: "Entry 1" }).waitFor();
  await page.keyboard.press("ArrowRight");
  const box = visitor.field("Text");
  await visitor.tabTo(box);

  const paste = async (text) => {
    await box.fill("");
    await page.keyboard.insertText(text);
  };
  await paste('{"secrets": [\n  {"name": "a",,}\n]}');
  await page.getByText(/Line 2, column 1[56]:/).waitFor();
  await paste("[]");
  await visitor.button("Preview", { exact: true }).waitFor();

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
  await visitor.press(problems.getByRole("button", { name: /^Show line [45]/ }).first());
  await page.waitForFunction(() => document.activeElement?.tagName === "TEXTAREA");
  assert.ok(lines.slice(3, 5).includes(await page.evaluate(() => getSelection().toString())));
  await screenshot(visitor, "import-body");

  await page.getByLabel(/^All or nothing/).uncheck();
  await visitor.press(visitor.button("Preview 2 of 4 secrets"));
  await visitor.heading("1 of 2 secrets would be imported").waitFor();
  assert.match(await visitor.outcome(taken).innerText(), /Entry 2, line 3[\s\S]*Rejected/);
  // The text is gone from the page, and a value comes back only when it is asked for.
  assert.ok(!(await page.content()).includes(value));
  await visitor.press(visitor.button(/^Create/));
  await visitor.press(visitor.button(`Show value of ${kept}`));
  await visitor.dialog(`Value of ${kept}`).getByText(value).waitFor();
  await visitor.press(visitor.button("Hide", { exact: true }));
  await visitor.closed();
  assert.ok(!(await page.content()).includes(value));
  await visitor.press(visitor.button("Import 1 secret"));
  await visitor.heading("1 created, 1 rejected").waitFor();

  await visitor.press(visitor.button("Fix the 3 left"));
  const left = page.getByRole("list", { name: "Entries with problems" });
  assert.match(await left.innerText(), new RegExp(`Entry 1, line \\d+\\s+${taken}`));
  await visitor.leave({ values: [value] });
});

test("a .env file is shown as it is read, previewed, imported and undone", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const [prefix, value] = [unique("env"), unique("value")];
  await visitor.enter();
  await visitor.give([{ name: `${prefix}.SAME`, secret_string: "as it was" }]);
  await fromText(visitor);
  await drop(
    visitor,
    ".env",
    `# a service\nexport URL="postgres://u:${value}@h/db?x=1" # comment\nKEY='line one\nline two'\nSAME=new\n`,
  );
  await page.getByText("From .env.").waitFor();
  await page.getByText(/sets a variable as shells do/).waitFor();
  await page.getByText("Change the names").click();
  await visitor.field("Prefix for every name").fill(`${prefix}.`);
  await screenshot(visitor, "import-env");

  await visitor.press(visitor.button("Preview 3 secrets"));
  await visitor.heading("Nothing would be imported, because 1 would be rejected").waitFor();
  assert.match(await visitor.outcome(`${prefix}.URL`).innerText(), /line 2[\s\S]*Withheld/);
  assert.equal(await visitor.button("Import 0 secrets").getAttribute("aria-disabled"), "true");
  await visitor.choose(visitor.field("If the secret exists"), "Add a new version");
  await visitor.heading("3 of 3 secrets would be imported").waitFor();
  await visitor.button("New version 1").waitFor();
  await screenshot(visitor, "import-preview");
  await visitor.tabTo(visitor.button(`Show value of ${prefix}.URL`));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByLabel("Value of the entry").waitFor();
  assert.equal(await page.getByLabel("Value of the entry").innerText(), "line one\nline two");
  await page.keyboard.press("Escape");
  await visitor.closed();
  await visitor.press(visitor.button("Import 3 secrets"));
  await visitor.heading("2 created, 1 new version").waitFor();
  await screenshot(visitor, "import-done");

  await visitor.press(visitor.button("Undo…"));
  const dialog = visitor.dialog("Undo this import?");
  await visitor.press(dialog.getByRole("button", { name: "Undo 3 secrets" }));
  await visitor.closed();
  await page.getByText("The batch was undone.").waitFor();
  await visitor.press(page.getByRole("link", { name: "See the secrets" }));
  await visitor.field("Search").fill(`name:${prefix}*`);
  await page.getByText("1 found").waitFor();
  await visitor.open(`${prefix}.SAME`);
  await visitor.press(visitor.button("Reveal value"));
  await page.getByLabel("Value of the secret").getByText("as it was").waitFor();
  await visitor.leave({ values: [value] });
});

test("the columns of a CSV file can be given another meaning", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const name = unique("csv");
  await visitor.enter();
  await fromText(visitor);
  await drop(visitor, "export.csv", `key;value;owner\r\n${name};"two\r\nlines; and ""quotes""";=SUM(1)\r\n`);
  await page.getByText(/titles for the name and the value/).waitFor();
  const columns = page.getByRole("group", { name: "Columns" });
  assert.equal(await columns.getByLabel("key").inputValue(), "name");
  assert.equal(await columns.getByLabel("value").inputValue(), "secret_string");
  await columns.getByLabel("owner").selectOption({ label: "Description" });
  await visitor.button("Preview 1 secret").waitFor();
  await screenshot(visitor, "import-csv");
  await visitor.import(1);
  await visitor.press(page.getByRole("link", { name: name, exact: true }));
  await page.getByText("=SUM(1)").waitFor();
  await visitor.press(visitor.button("Reveal value"));
  const stored = await page.getByLabel("Value of the secret").textContent();
  assert.equal(stored.replaceAll("\r", ""), 'two\nlines; and "quotes"');
  await visitor.leave();
});

test("what has changed since the preview is not imported, and a new preview is offered", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const [one, two] = [unique("one"), unique("two")];
  await visitor.enter();
  await fromText(visitor);
  await visitor.field("Text").fill(`${one}=1\n${two}=2\n`);
  await visitor.press(visitor.button("Preview 2 secrets"));
  await visitor.heading("2 of 2 secrets would be imported").waitFor();

  const other = await arrive();
  await other.enter();
  await other.give([{ name: two, secret_string: "quicker" }]);
  await other.leave();

  await visitor.press(visitor.button("Import 2 secrets"));
  await page.getByRole("alert").getByText("Something has changed since the dry run").waitFor();
  await screenshot(visitor, "import-changed");
  await visitor.press(visitor.button("Preview again"));
  await visitor.heading("Nothing would be imported, because 1 would be rejected").waitFor();
  await page.getByLabel(/^All or nothing/).uncheck();
  await visitor.heading("1 of 2 secrets would be imported").waitFor();
  await visitor.press(visitor.button("Import 1 secret"));
  await visitor.heading("1 created, 1 rejected").waitFor();
  await visitor.press(visitor.button("Discard it"));
  await visitor.leave();
});

test("a dropped file is read in the browser, whatever its encoding, and a broken one says where", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const name = unique("dropped");
  await visitor.enter();
  await fromText(visitor);

  await drop(visitor, "secrets.json", '[\n{"name": "a" "secret_string": "b"}]');
  await page.getByText(/Line 2, column 1[45]:/).waitFor();
  assert.equal(visitor.calls("BatchImportSecrets").length, 0, "nothing is sent before the button is pressed");
  // As PowerShell writes it.
  await drop(visitor, "settings.env", Buffer.from(`\ufeff${name}=grüße\r\n`, "utf16le"));
  await page.getByText("From settings.env.").waitFor();
  await visitor.import(1);
  await visitor.leave();
});

test("ten thousand entries stay smooth and go part by part, and a broken line loses nothing", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const prefix = unique("many");
  await visitor.enter();
  await fromText(visitor);
  const lines = Array.from(
    { length: 10_000 },
    (_, index) => `${prefix}.${String(index).padStart(4, "0")}=value ${index}`,
  );
  await drop(visitor, "many.env", lines.join("\n"));
  await page.getByText("10,000 ready").waitFor();
  await page.getByLabel("All or nothing is not available for this many entries").waitFor();
  await visitor.press(visitor.button("Preview 10,000 secrets"));
  await visitor.heading("10,000 of 10,000 secrets would be imported").waitFor({ timeout: 60_000 });
  await page.getByText("These are too many for one transaction").waitFor();
  await visitor.tabTo(visitor.button(`Show value of ${prefix}.0000`));
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.activeElement.closest("tr")?.ariaRowIndex === "10001");
  assert.ok((await page.locator("tbody tr").count()) < 60, "only rows in sight are drawn");

  // The line breaks in the middle: what was told is done, and the batch tells the rest.
  await page.route("**/ImportSecretsWithProgress", async (route) => {
    const answer = await route.fetch();
    const body = await answer.body();
    await route.fulfill({ response: answer, body: body.subarray(0, Math.floor(body.length / 2)) });
  });
  await visitor.press(visitor.button("Import 10,000 secrets"));
  await page.getByText("Connection lost.").waitFor({ timeout: 60_000 });
  await screenshot(visitor, "import-broken");
  await visitor.press(page.getByRole("link", { name: "See the batch" }));
  await visitor.press(visitor.button("Keep and leave"));
  await page.getByRole("heading", { level: 1, name: /^Import, / }).waitFor();
  await page.getByText("10,000 created").waitFor();
  await page.getByText("1,000 of 10,000 are loaded.").waitFor();
  await visitor.press(visitor.button("Load more"));
  await page.getByText("2,000 of 10,000 are loaded.").waitFor();
  await visitor.leave();
});

test("an import that ends without saying so is no success", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const prefix = unique("short");
  await visitor.enter();
  await fromText(visitor);
  await drop(visitor, "short.env", Array.from({ length: 2_000 }, (_, index) => `${prefix}.${index}=v`).join("\n"));
  await visitor.press(visitor.button("Preview 2,000 secrets"));
  await visitor.heading("2,000 of 2,000 secrets would be imported").waitFor({ timeout: 60_000 });
  await page.route("**/ImportSecretsWithProgress", async (route) => {
    const answer = await route.fetch();
    const frames = framesOf(await answer.body());
    // Without the last answer, and with a good end all the same.
    await route.fulfill({ response: answer, body: Buffer.concat([...frames.slice(0, -2), ...frames.slice(-1)]) });
  });
  await visitor.press(visitor.button("Import 2,000 secrets"));
  await page.getByText("Connection lost.").waitFor({ timeout: 60_000 });
  await visitor.leave();
});

test("what does not fit into one step after all goes part by part, and no version is added twice", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const [there, own] = [unique("there"), unique("own")];
  await visitor.enter();
  await visitor.give([there, own].map((name) => ({ name, secret_string: "first" })));
  await fromText(visitor);
  await visitor.field("Text").fill(
    JSON.stringify([
      { name: there, secret_string: "second" },
      { name: own, secret_string: "second", on_existing: "NEW_VERSION" },
    ]),
  );
  await visitor.choose(visitor.field("If the secret exists"), "Add a new version");
  // Only the server knows how large what is stored already is.
  await page.route(
    "**/BatchImportSecrets",
    (route) => route.fulfill({ headers: rejection("TOO_LARGE_FOR_ONE_STEP") }),
    { times: 1 },
  );
  await visitor.press(visitor.button("Preview 2 secrets"));
  await page.getByText("These are too many for one transaction").waitFor();
  await visitor.heading("2 of 2 secrets would be imported").waitFor();

  // The line breaks when all is stored and nothing told.
  await page.route(
    "**/ImportSecretsWithProgress",
    async (route) => {
      await route.fetch();
      await route.abort("connectionreset");
    },
    { times: 1 },
  );
  await visitor.press(visitor.button("Import 2 secrets"));
  await visitor.heading("Outcome unknown").waitFor();
  await page.getByRole("link", { name: "See the batches" }).waitFor();
  await screenshot(visitor, "import-untold");
  await visitor.press(visitor.button("Go on with the 2 left"));
  await visitor.press(visitor.button("Preview 2 secrets"));
  await visitor.heading("0 of 2 secrets would be imported").waitFor();
  for (const name of [there, own]) await visitor.outcome(name).getByText("Unchanged").waitFor();
  visitor.complaints = visitor.complaints.filter((complaint) => !complaint.includes("ERR_CONNECTION_RESET"));
  await visitor.leave();
});

/** The messages of gRPC-Web, and the trailers as the last: each has a sign and its length before it. */
function framesOf(body) {
  const frames = [];
  for (let at = 0; at < body.length; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    frames.push(body.subarray(at, end));
    at = end;
  }
  return frames;
}
