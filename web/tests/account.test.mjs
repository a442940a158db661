// The account: logging out for good, the password, access keys.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrive, screenshot, server, unique } from "./stage.mjs";

const status = async (token) => {
  const answer = await fetch(`${server().url}/v3/projects`, { headers: { "x-auth-token": token } });
  return answer.status;
};

/** Whether programs with this pair of keys are accepted. */
const accepts = async (accessKey, secretKey) => {
  const authorization = `Basic ${btoa(`${accessKey}:${secretKey}`)}`;
  return (await fetch(`${server().url}/metrics`, { headers: { authorization } })).status === 200;
};

test("logging out ends the token on the server", async () => {
  const visitor = await arrive();
  await visitor.enter();
  const { token } = await visitor.identity();
  assert.equal(await status(token), 200);
  const revoked = visitor.page.waitForResponse((response) => response.url().endsWith("/RevokeToken"));
  await visitor.press(visitor.button("Log out"));
  await visitor.page.getByText("You are logged out.").waitFor();
  await (await revoked).finished();
  assert.equal(await status(token), 401);
  await visitor.leave({ values: [token] });
});

test("logging out without a connection says that the token is still there", async () => {
  const visitor = await arrive();
  await visitor.enter();
  await visitor.page.route("**/RevokeToken", (route) => route.abort());
  await visitor.press(visitor.button("Log out"));
  await visitor.page.getByText(/the server could not be reached/).waitFor();
  await visitor.heading("Log in to Strongroom").waitFor();
  visitor.complaints = visitor.complaints.filter((complaint) => !complaint.includes("ERR_FAILED"));
  await visitor.leave();
});

test("a new password is judged while typing, logs everybody else out, and holds from then on", async () => {
  const [visitor, other] = [await arrive(), await arrive()];
  const { page } = visitor;
  const { credentials } = server();
  const [old, password] = [credentials.password, unique("Password")];
  await other.enter();
  await visitor.enter();
  const { token } = await visitor.identity();
  await visitor.goTo("Account");
  await visitor.type(visitor.field("Current password"), "wrong");
  await visitor.type(visitor.field("New password"), "short");
  await visitor.type(visitor.field("Repeat new password"), password);
  await visitor.press(visitor.button("Change password"));
  await page.getByText("The new password is too short. Give 8 to 128 characters.").waitFor();
  await page.getByText("The passwords differ. Enter the same password twice.").waitFor();
  assert.equal(visitor.calls("ChangePassword").length, 0);

  await visitor.field("New password").fill(password);
  await visitor.press(visitor.button("Change password"));
  await page.getByText("This is not the password in use. Correct it.").waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute("autocomplete") === "current-password");
  assert.equal(await status(token), 200);

  await visitor.field("Current password").fill(old);
  await visitor.press(visitor.button("Change password"));
  await page.getByText(/^Your password is changed/).waitFor();
  credentials.password = password;
  await screenshot(visitor, "password");
  assert.equal(await status(token), 401);
  await visitor.goTo("Secrets");
  await visitor.heading("Secrets").waitFor();

  await other.page.getByRole("link", { name: "Account", exact: true }).click();
  await other.page.getByText("Your session has expired. Log in again to continue.").waitFor();
  await other.logIn(old);
  await other.page.getByRole("alert").locator(".rejected").waitFor();
  await other.logIn();
  await other.heading("Account").waitFor();
  await other.leave({ values: [old, password] });

  await visitor.field("Current password").waitFor({ state: "detached" });
  await visitor.goTo("Account");
  for (const [label, text] of [
    ["Current password", password],
    ["New password", old],
    ["Repeat new password", old],
  ]) {
    await visitor.field(label).fill(text);
  }
  await visitor.press(visitor.button("Change password"));
  await page.getByText(/^Your password is changed/).waitFor();
  credentials.password = old;
  await visitor.leave({ values: [old, password] });
});

test("an access key is created, shown once, switched off and deleted", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const about = unique("shop");
  await visitor.enter();
  await visitor.goTo("Account");
  await visitor.type(visitor.field("Description of the access key"), about);
  await visitor.press(visitor.button("Create access key"));
  const made = visitor.dialog("Access key created");
  await made.waitFor();
  const access = (await made.getByLabel("Access key", { exact: true }).innerText()).trim();
  const secret = (await made.getByLabel("Secret key", { exact: true }).innerText()).trim();
  assert.ok(await accepts(access, secret));
  await visitor.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await visitor.press(made.getByRole("button", { name: "Copy the secret key" }));
  await made.getByRole("button", { name: "Copied the secret key" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
  await visitor.press(made.getByRole("button", { name: "I have saved it" }));
  await visitor.closed();
  assert.ok(!(await page.content()).includes(secret), "it is not in the page any more");

  const row = page.getByRole("listitem").filter({ hasText: access });
  await row.getByText(about).waitFor();
  await screenshot(visitor, "access-keys");
  await visitor.press(row.getByRole("button", { name: `Deactivate access key ${access}` }));
  await row.getByText("Inactive").waitFor();
  assert.ok(!(await accepts(access, secret)));
  await visitor.press(row.getByRole("button", { name: `Activate access key ${access}` }));
  await row.getByText("Active", { exact: true }).waitFor();
  assert.ok(await accepts(access, secret));

  await visitor.press(row.getByRole("button", { name: `Delete… access key ${access}` }));
  const question = visitor.dialog("Delete the access key?");
  await visitor.press(question.getByRole("button", { name: "Cancel" }));
  await visitor.closed();
  assert.ok(await accepts(access, secret));
  await visitor.press(row.getByRole("button", { name: `Delete… access key ${access}` }));
  await visitor.press(question.getByRole("button", { name: "Delete access key" }));
  await visitor.closed();
  await row.waitFor({ state: "detached" });
  assert.ok(!(await accepts(access, secret)));
  await visitor.leave({ values: [secret] });
});
