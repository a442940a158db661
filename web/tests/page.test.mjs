// What holds on every screen: logging in, the security policy, accessibility, narrow screens.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { arrive, rejection, screenshot, server, unique } from "./stage.mjs";

test("a wrong password is rejected beside the form, the right one opens the list", async () => {
  const visitor = await arrive();
  const wrong = unique("wrong");
  await visitor.button("Log in").press("Enter");
  await visitor.page.getByText("Enter the name of the account.").waitFor();

  await visitor.logIn(wrong);
  await visitor.page.getByRole("alert").locator(".rejected").waitFor();
  await visitor.page.waitForFunction(() => document.activeElement?.getAttribute("name") === "password");
  await screenshot(visitor, "log-in");

  await visitor.enter();
  await visitor.page.reload();
  await visitor.heading("Secrets").waitFor();
  await visitor.press(visitor.button("Log out"));
  await visitor.page.getByText("You are logged out.").waitFor();
  await visitor.page.reload();
  await visitor.heading("Log in to Strongroom").waitFor();

  const [call] = visitor.calls("CreateToken");
  assert.equal(call.headers()["content-type"], "application/grpc-web+proto");
  await visitor.leave({ values: [wrong, server().credentials.password] });
});

test("a session that has ended leads back to the log-in page with a sentence", async () => {
  const visitor = await arrive();
  await visitor.enter();
  await visitor.page.evaluate(() => {
    const [key, text] = Object.entries(sessionStorage)[0];
    sessionStorage.setItem(key, JSON.stringify({ ...JSON.parse(text), token: "of-yesterday" }));
  });
  await visitor.page.reload();
  await visitor.page.getByText("Your session has expired. Log in again to continue.").waitFor();
  await visitor.heading("Log in to Strongroom").waitFor();
  await visitor.leave();
});

test("the page keeps to its content security policy", async () => {
  const answer = await fetch(server().url);
  const policy = answer.headers.get("content-security-policy");
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'(;|$)/);
  assert.doesNotMatch(await answer.text(), /<script(?![^>]*src=)|\sstyle=|\son[a-z]+=/);
});

for (const colorScheme of ["light", "dark"]) {
  test(`no screen breaks a rule of accessibility, ${colorScheme}`, async () => {
    // The checker is injected from outside, which the page's own policy rightly forbids.
    const visitor = await arrive({ bypassCSP: true, colorScheme });
    const { page } = visitor;
    const [name, value, instance] = [unique("axe"), unique("value"), unique("instance")];
    const check = async (screen) => {
      await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core/axe.min.js") });
      const { violations } = await page.evaluate(() => globalThis.axe.run(document));
      const found = violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.target).join(", ")}`);
      assert.deepEqual(found, [], screen);
    };

    await check("log in");
    await visitor.enter();
    const rotation_config = JSON.stringify({ InstanceId: instance, SecretSubType: "SingleUser" });
    await visitor.give([{ name, secret_string: value, rotation_config }]);
    await visitor.find(name);
    await check("secrets");
    await screenshot(visitor, `secrets-${colorScheme}`);

    const dialogs = async (...buttons) => {
      for (const button of buttons) {
        await button.click();
        await page.getByRole("dialog").waitFor();
        await check(`dialog ${button}`);
        await page.keyboard.press("Escape");
        await visitor.closed();
      }
    };
    const menus = async (menu, ...actions) => {
      for (const action of actions) {
        await menu.click();
        await check(`menu ${menu}`);
        await page.getByRole("menuitem", { name: action }).click();
        await page.getByRole("dialog").waitFor();
        await check(`dialog ${action}`);
        await page.keyboard.press("Escape");
        await visitor.closed();
      }
    };
    await menus(visitor.actions(name), "Schedule deletion…", "Delete permanently…");
    await menus(visitor.button("More ways to add secrets"), "Restore a backup…");
    await dialogs(visitor.button("New secret"));
    await page.getByLabel(`Choose ${name}`).check();
    await check("secrets with a choice");
    await visitor.button("Delete 1 secret…").click();
    await visitor.dialog().getByRole("button", { name: "Preview" }).click();
    await visitor.heading(/would be scheduled/).waitFor();
    await check("dialog of deleting many");
    await screenshot(visitor, `delete-many-${colorScheme}`);
    await visitor
      .dialog()
      .getByLabel(/^Delete permanently now/)
      .check();
    await visitor.dialog().getByRole("button", { name: "Preview" }).click();
    await visitor.heading(/would be deleted permanently/).waitFor();
    await check("dialog of deleting many for good");
    await visitor
      .dialog()
      .getByLabel(/^Delete permanently now/)
      .uncheck();
    await page.route(
      "**/BatchDeleteSecrets",
      (route) => route.fulfill({ headers: rejection("TOO_LARGE_FOR_ONE_STEP") }),
      { times: 1 },
    );
    await visitor.dialog().getByRole("button", { name: "Preview" }).click();
    await visitor.heading("No preview is available").waitFor();
    await check("dialog of deleting many without a preview");
    await page.keyboard.press("Escape");
    await visitor.closed();
    await visitor.button("Select none").click();
    await page.getByText("How to search").click();
    await visitor.field("Search").fill("stat:ENABLED");
    await page.locator(".search .problems").waitFor();
    await check("search with a problem");

    await visitor.open(name);
    await visitor.button("Add a tag").click();
    await visitor.dialog().getByLabel("Key", { exact: true }).fill("team");
    await check("dialog of a tag");
    await visitor.button("Save tag").click();
    await visitor.closed();
    await visitor.button("New version").last().click();
    await visitor.dialog().getByText("Generate a password").click();
    await visitor.dialog().getByLabel("Keep aside under a stage").check();
    await visitor.dialog().getByLabel("Value", { exact: true }).fill(value);
    await visitor.dialog().getByLabel("Stages", { exact: true }).fill("blue");
    await check("dialog of a new version");
    await visitor.button("Store version").click();
    await visitor.closed();
    await menus(visitor.button("Actions for v1"), "Show value", "Set expiry…", "Add a stage…");
    await menus(visitor.button("Actions for v2"), "Make current…");
    await dialogs(visitor.button("Change tag team"));
    await visitor.button("Change description").click();
    await visitor.button("Change rotation").click();
    await visitor.button("Reveal value").click();
    await page.getByLabel("Value of the secret").waitFor();
    await check("secret");
    await screenshot(visitor, `secret-${colorScheme}`);
    await visitor.button("Hide value").click();

    await visitor.goTo("Settings");
    await visitor.button("Rotate the root key…").waitFor();
    await check("settings");
    await screenshot(visitor, `settings-${colorScheme}`);
    await dialogs(visitor.button("Rotate the root key…"));

    await visitor.goTo("Account");
    await visitor.button("Change password").click();
    await page.getByText("Enter the password you log in with now.").waitFor();
    await visitor.button("Create access key").click();
    await visitor.dialog("Access key created").waitFor();
    await check("dialog of a new access key");
    await page.keyboard.press("Escape");
    await visitor.closed();
    const lastKey = page.getByRole("list", { name: "Access keys" }).getByRole("listitem").last();
    await dialogs(lastKey.getByRole("button", { name: /^Delete/ }));
    await check("account");
    await screenshot(visitor, `account-${colorScheme}`);
    await lastKey.getByRole("button", { name: /^Delete/ }).click();
    await visitor.button("Delete access key").click();
    await visitor.closed();

    await visitor.goTo("Import");
    await page.getByLabel("By hand").check();
    await visitor.field("Name").fill("not a name");
    await visitor.field("Value").fill(value);
    await visitor.choose(visitor.field("Type"), "RDS-FG (account of an RDS instance)");
    await visitor.button("Add an entry").click();
    await check("import by hand");
    await screenshot(visitor, `import-${colorScheme}`);
    // What is masked must not be read aloud.
    const tree = await (await page.context().newCDPSession(page)).send("Accessibility.getFullAXTree");
    assert.ok(!JSON.stringify(tree).includes(value));

    await page.getByLabel("From a file or text").check();
    const box = visitor.field("Text");
    await box.fill('[{"name": "no spaces"}]');
    await page.getByRole("list", { name: "Entries with problems" }).waitFor();
    await check("import of a body with problems");
    await box.fill(`name,value,about\n${name},${value},x\n${name}-2,${value},x\n`);
    await page.getByRole("group", { name: "Columns" }).waitFor();
    await page.getByText("Change the names").click();
    await check("import of a table");
    await page.getByLabel(/^All or nothing/).uncheck();
    await visitor.button("Preview 2 secrets").click();
    await visitor.heading("1 of 2 secrets would be imported").waitFor();
    await check("import preview");
    await screenshot(visitor, `import-preview-${colorScheme}`);
    await dialogs(visitor.button(`Show value of ${name}-2`));
    await visitor.button("Import 1 secret").click();
    await visitor.heading("1 created, 1 rejected").waitFor();
    await check("import outcomes");
    await dialogs(visitor.button("Undo…"));

    await visitor.goTo("Batches", { discard: true });
    await page.getByRole("table").getByRole("link").first().waitFor();
    await check("batches");
    await page.getByRole("table").getByRole("link").first().click();
    await visitor.outcome(`${name}-2`).waitFor();
    await check("batch");
    await screenshot(visitor, `batch-${colorScheme}`);

    await visitor.goTo("Delete by instance");
    await visitor.field("Instance").fill(instance);
    await visitor.button("Preview").click();
    await visitor.heading(/would be scheduled/).waitFor();
    await check("delete preview");
    await visitor.leave({ values: [value] });
  });
}

test("on a narrow screen everything is within reach", async () => {
  const size = { width: 380, height: 740 };
  const visitor = await arrive({ viewport: size });
  const { page } = visitor;
  const name = unique("narrow");
  await visitor.enter();
  await visitor.give([{ name, secret_string: "v" }]);
  const fits = async (screen) => {
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wider <= 0, `${screen} is ${wider} pixels too wide`);
  };
  const long = `${name}-that-is-long-enough-to-need-several-lines`;
  await visitor.give([{ name: long, secret_string: "v" }]);
  await visitor.field("Search").fill(`name:${name}*`);
  await page.getByLabel(`Choose ${long}`).check();
  const inside = async (what, locator) => {
    const over = await locator.evaluate((element) => element.scrollWidth - element.clientWidth);
    assert.ok(over <= 0, `${what} is ${over} pixels too wide`);
  };
  // As wide for few as a usual one is for thousands.
  await page.setViewportSize({ width: 280, height: 740 });
  await inside("the choice", page.locator(".selection"));
  await page.setViewportSize(size);
  await visitor.press(visitor.button("Delete 1 secret…"));
  await visitor.press(visitor.dialog().getByRole("button", { name: "Preview" }));
  await visitor.heading(/would be scheduled/).waitFor();
  await inside("the dialog", visitor.dialog());
  for (const cell of ["tbody th", "tbody td", "thead th"])
    await inside(cell, visitor.dialog().locator(`${cell} >> visible=true`).last());
  const row = visitor.dialog().getByRole("row").last();
  // Rows that are not drawn are reckoned with this height.
  assert.equal(
    (await row.boundingBox()).height,
    Number.parseInt(await row.evaluate((element) => element.style.height), 10),
  );
  await screenshot(visitor, "narrow-delete");
  await page.keyboard.press("Escape");
  await visitor.closed();
  await visitor.press(visitor.button("Select none"));
  await visitor.open(name);
  await fits("one secret");
  await screenshot(visitor, "narrow-secret");
  await visitor.act(visitor.button("Actions for v1"), /^Set expiry/);
  await visitor.dialog().waitFor();
  await page.keyboard.press("Escape");
  await visitor.closed();
  await visitor.act(visitor.button(/^More actions/), "Delete permanently…");
  await visitor.press(visitor.dialog().getByRole("button", { name: "Cancel" }));
  await visitor.goTo("Batches");
  await page.getByRole("table").waitFor();
  await page.setViewportSize({ width: 320, height: 740 });
  await inside("the list of batches", page.locator(".table-area"));
  await page.setViewportSize(size);
  for (const screen of ["Import", "Delete by instance", "Batches", "Settings", "Account", "Secrets"]) {
    await visitor.goTo(screen);
    await fits(screen);
  }
  await screenshot(visitor, "narrow");
  await visitor.leave();
});
