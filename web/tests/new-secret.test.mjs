// The sheet "New secret": a generated password, tags and an expiry, created together, and finished when a request fails.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrive, screenshot, unique } from "./stage.mjs";

test("a secret is created with a generated password, tags and an expiry", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const name = unique("new");
  await visitor.enter();
  await visitor.press(visitor.button("New secret"));
  const sheet = visitor.dialog("New secret");
  await visitor.press(sheet.getByRole("button", { name: "Create secret" }));
  await sheet.getByText("Enter a name.").waitFor();
  await sheet.getByText("Enter a value, or generate a password.").waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-invalid") === "true");
  assert.equal(visitor.calls("CreateSecret").length, 0, "what the rules reject is not sent");

  await sheet.getByLabel("Name", { exact: true }).fill(name);
  await visitor.press(sheet.getByText("Generate a password", { exact: true }));
  await sheet.getByLabel("Length").fill("40");
  await visitor.press(sheet.getByRole("button", { name: "Generate", exact: true }));
  await sheet.getByText("A password of 40 characters").waitFor();
  await visitor.press(sheet.getByRole("button", { name: "Show the text" }));
  const password = await sheet.getByLabel("Value", { exact: true }).inputValue();
  assert.equal([...password].length, 40);
  await sheet.getByLabel("Description").fill("Made on one sheet");
  await sheet.getByLabel("Key of tag 1").fill("env");
  await sheet.getByLabel("Value of tag 1").fill("prod");
  await visitor.press(sheet.getByRole("button", { name: "Add a tag" }));
  await page.waitForFunction(() => document.activeElement?.getAttribute("placeholder") === "Key");
  await page.keyboard.type("env");
  await sheet.getByText("The key env is used twice.").waitFor();
  await sheet.getByLabel("Key of tag 2").fill("team");
  await sheet.getByLabel("Expires").fill("2020-01-01T00:00");
  await sheet.locator(".problems").waitFor();
  await sheet.getByLabel("Expires").fill("2040-05-01T12:30");
  await screenshot(visitor, "new-secret");
  await visitor.press(sheet.getByRole("button", { name: "Create secret" }));

  await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
  await page.getByText("Made on one sheet").waitFor();
  const tags = page.getByRole("list", { name: "Tags of the secret" });
  assert.match(await tags.innerText(), /env\s+prod[\s\S]*team/);
  await visitor.version("v1").getByText("1 May 2040, 12:30").waitFor();
  await visitor.press(visitor.button("Reveal value"));
  assert.equal(await page.getByLabel("Value of the secret").textContent(), password);
  await visitor.leave({ values: [password] });
});

test("what is left after a failure is stored by pressing again, and nothing is created twice", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const [name, value] = [unique("rest"), unique("value")];
  await visitor.enter();
  await visitor.press(visitor.button("New secret"));
  const sheet = visitor.dialog("New secret");
  await sheet.getByLabel("Name", { exact: true }).fill(name);
  await sheet.getByLabel("Value", { exact: true }).fill(value);
  await sheet.getByLabel("Key of tag 1").fill("env");
  // The answer to the first request is lost, the second never arrives.
  await page.route(
    "**/CreateSecret",
    async (route) => {
      await route.fetch();
      await route.abort("connectionreset");
    },
    { times: 1 },
  );
  await visitor.press(sheet.getByRole("button", { name: "Create secret" }));
  await sheet.getByText("The server could not be reached.").waitFor();
  await page.route("**/BatchCreateOrDeleteTags", (route) => route.abort("connectionreset"), { times: 1 });
  await visitor.press(sheet.getByRole("button", { name: "Create secret" }));
  await sheet.getByText(`${name} is created, but not all of this is stored yet.`).waitFor();
  await visitor.press(sheet.getByRole("button", { name: "Store the rest" }));
  await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
  await page.getByRole("list", { name: "Tags of the secret" }).getByText("env").waitFor();
  assert.equal(visitor.calls("CreateSecret").length, 2);
  visitor.complaints = visitor.complaints.filter((complaint) => !complaint.includes("ERR_CONNECTION_RESET"));
  await visitor.leave({ values: [value] });
});

test("a name that is taken is rejected on the sheet, which keeps what was typed", async () => {
  const visitor = await arrive();
  const [name, value] = [unique("taken"), unique("value")];
  await visitor.enter();
  await visitor.give([{ name, secret_string: "first" }]);
  await visitor.press(visitor.button("New secret"));
  const sheet = visitor.dialog("New secret");
  await sheet.getByLabel("Name", { exact: true }).fill(name);
  await sheet.getByLabel("Value", { exact: true }).fill(value);
  await visitor.press(sheet.getByRole("button", { name: "Create secret" }));
  await sheet.getByText("exists already").waitFor();
  await sheet.getByLabel("Name", { exact: true }).fill(unique("free"));
  assert.equal(await sheet.getByText("exists already").count(), 0);
  await visitor.press(sheet.getByRole("button", { name: "Create secret" }));
  await visitor.heading("Versions").waitFor();
  await visitor.leave({ values: [value] });
});
