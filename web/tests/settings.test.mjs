// The settings: rejecting weak values, the root key, and the limits.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrive, screenshot, unique } from "./stage.mjs";

test("weak values are rejected once the check is on, with the server's reason", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const name = unique("weak");
  await visitor.enter();
  await visitor.give([{ name, secret_string: "v" }]);
  await visitor.goTo("Settings");
  const check = page.getByRole("switch", { name: "Reject weak values" });
  await check.waitFor();
  assert.equal(await check.isChecked(), false);
  await visitor.press(check, "Space");
  await page.getByText("Weak values are rejected from now on.").waitFor();
  assert.equal(await check.isChecked(), true);
  await page.reload();
  await check.and(page.locator(":checked")).waitFor();

  await visitor.goTo("Secrets");
  await visitor.open(name);
  await visitor.press(visitor.button("New version").last());
  await visitor.type(visitor.dialog().getByLabel("Value", { exact: true }), "password1");
  await visitor.press(visitor.button("Store version"));
  await visitor.dialog().locator(".rejected").waitFor();
  const words = await visitor.dialog().locator(".rejected").innerText();
  assert.match(words, /CSMS\.0002/);
  assert.ok(!words.includes("password1"), "the rejection does not repeat the value");
  await screenshot(visitor, "weak");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Discard", exact: true }).click();

  await visitor.goTo("Settings");
  await visitor.press(check, "Space");
  await page.getByText("Weak values are accepted again.").waitFor();
  await visitor.leave({ values: ["password1"] });
});

test("the root key is rotated after a question, and everybody stays logged in", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const [name, value] = [unique("sealed"), unique("value")];
  await visitor.enter();
  await visitor.give([{ name, secret_string: value }]);
  await visitor.goTo("Settings");
  const term = page.locator("dt", { hasText: "Term" }).locator("xpath=../dd");
  await term.waitFor();
  const before = Number(await term.innerText());

  await visitor.press(visitor.button("Rotate the root key…"));
  const question = visitor.dialog("Rotate the root key?");
  await question.getByText("Backups of the store made before need the old root key.").waitFor();
  await page.waitForFunction(() => document.activeElement.textContent === "Cancel");
  await visitor.press(question.getByRole("button", { name: "Cancel" }));
  await visitor.closed();
  assert.equal(visitor.calls("RotateRootKey").length, 0);

  await visitor.press(visitor.button("Rotate the root key…"));
  await visitor.press(question.getByRole("button", { name: "Rotate", exact: true }));
  await visitor.closed();
  await page.getByText("Seals every key", { exact: true }).waitFor();
  assert.equal(Number(await term.innerText()), before + 1);
  await screenshot(visitor, "settings");

  await visitor.goTo("Secrets");
  await visitor.open(name);
  await visitor.press(visitor.button("Reveal value"));
  await page.getByLabel("Value of the secret").getByText(value).waitFor();
  await visitor.leave({ values: [value] });
});
