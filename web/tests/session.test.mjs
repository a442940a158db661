// The session: shared by the tabs of a browser, ended in all of them and on the server, and never a dead end for the focus.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrive, server, unique } from "./stage.mjs";

const focusedTag = (page, tag) => page.waitForFunction((wanted) => document.activeElement?.tagName === wanted, tag);

/** A second tab of the same browser, with what its console complained about. */
async function secondTab(visitor) {
  const tab = await visitor.context.newPage();
  tab.on("pageerror", (error) => visitor.complaints.push(String(error)));
  await tab.goto(server().url);
  return tab;
}

test("logging out ends the token on the server", async () => {
  const visitor = await arrive();
  await visitor.enter();
  const { token, project } = await visitor.identity();
  const status = async () => {
    const answer = await fetch(`${server().url}/v1/${project}/secrets`, { headers: { "x-auth-token": token } });
    return answer.status;
  };
  assert.equal(await status(), 200);
  const revoked = visitor.page.waitForResponse(/RevokeToken$/);
  await visitor.press(visitor.button("Log out"));
  await revoked;
  assert.equal(await status(), 401);
  await visitor.leave();
});

test("a second tab is logged in with the first, and logged out with it", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const before = await secondTab(visitor);
  await before.getByRole("heading", { name: "Log in to Strongroom" }).waitFor();
  await visitor.enter();
  await before.getByRole("heading", { name: "Secrets", exact: true }).waitFor();
  const after = await secondTab(visitor);
  await after.getByRole("heading", { name: "Secrets", exact: true }).waitFor();
  assert.equal(visitor.calls("CreateToken").length, 1);

  await after.getByRole("button", { name: "Log out" }).click();
  for (const tab of [page, before, after]) await tab.getByText("You are logged out.").waitFor();
  // Nothing is left that a tab opened later could find.
  const later = await secondTab(visitor);
  await later.getByRole("heading", { name: "Log in to Strongroom" }).waitFor();
  assert.equal(await later.evaluate(() => localStorage.length), 0);
  await visitor.leave();
});

test("the focus is at the heading after logging in, and in the form when the session is over", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "account");
  await visitor.enter();
  await focusedTag(page, "H1");
  await page.route("**/SearchSecrets", (route) =>
    route.continue({ headers: { ...route.request().headers(), "x-auth-token": "of-yesterday" } }),
  );
  await visitor.press(visitor.button("Reload"));
  await page.getByText("Your session has expired.").waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "account");
  await page.unroute("**/SearchSecrets");
  await visitor.enter();
  await focusedTag(page, "H1");
  await visitor.leave();
});

test("after an undo inside a dialog the focus is in that dialog", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const name = unique("undone");
  await visitor.enter();
  await visitor.give([{ name, secret_string: "v" }]);
  await visitor.find(name);
  await page.getByLabel(`Choose ${name}`).check();
  await visitor.press(visitor.button("Delete 1 secret…"));
  await visitor.press(visitor.button("Preview"));
  await visitor.press(visitor.button("Schedule the deletion of 1 secret"));
  await visitor.press(visitor.button("Undo…"));
  await visitor.press(visitor.button("Undo 1 secret"));
  await page.getByText("The batch was undone.").waitFor();
  await page.waitForFunction(() => document.activeElement?.closest("dialog[open]") !== null);
  await page.keyboard.press("Escape");
  await visitor.closed();
  await visitor.leave();
});
