// The list of secrets: what it says while it loads and when it cannot, what the address holds, and names in full.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrive, screenshot, unique } from "./stage.mjs";

const quiet = (visitor, error) => {
  visitor.complaints = visitor.complaints.filter((complaint) => !complaint.includes(error));
};

/** Holds every answer back until it is released. */
async function hold(page, call) {
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  await page.route(`**/${call}`, async (route) => {
    await held;
    // The page may have given up on it meanwhile.
    await route.continue().catch(() => {});
  });
  return async () => {
    release();
    await page.unroute(`**/${call}`);
  };
}

test("a list says that it is loading, that it is out of date, and offers to try again", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const [one, two] = [unique("stays"), unique("other")];
  await visitor.enter();
  await visitor.give([one, two].map((name) => ({ name, secret_string: "v" })));
  await visitor.find(one);

  const release = await hold(page, "SearchSecrets");
  await visitor.field("Search").fill(`name:${two}`);
  await page.getByText("Updating secrets…").waitFor();
  await page.getByRole("link", { name: one, exact: true }).waitFor();
  await release();
  await page.getByRole("link", { name: two, exact: true }).waitFor();
  await page.getByText("Updating secrets…").waitFor({ state: "detached" });

  // The server is gone: the rows stay, and nobody can take them for the answer.
  await page.route("**/SearchSecrets", (route) => route.abort("connectionrefused"));
  await visitor.field("Search").fill(`name:${one}`);
  await page.getByText("This may be out of date.").waitFor();
  await page.getByText("The server could not be reached.").waitFor();
  await page.getByRole("link", { name: two, exact: true }).waitFor();
  await screenshot(visitor, "list-stale");
  await page.unroute("**/SearchSecrets");
  await visitor.press(visitor.button("Retry"));
  await page.getByRole("link", { name: one, exact: true }).waitFor();
  await page.getByText("This may be out of date.").waitFor({ state: "detached" });

  // When the network is back, nobody has to press a button.
  await page.route("**/SearchSecrets", (route) => route.abort("connectionrefused"));
  await visitor.press(visitor.button("Reload"));
  await visitor.button("Retry").waitFor();
  await page.unroute("**/SearchSecrets");
  await page.waitForFunction(() => {
    dispatchEvent(new Event("online"));
    return document.querySelector(".request-status .failed") === null;
  });
  await visitor.button("Retry").waitFor({ state: "detached" });
  quiet(visitor, "ERR_CONNECTION_REFUSED");
  await visitor.leave();
});

test("every screen that loads something says when it fails, and loads it on Retry", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const name = unique("loads");
  await visitor.enter();
  await visitor.give([{ name, secret_string: "v" }]);
  const screens = [
    ["Batches", "ListBatches", () => page.getByRole("table", { name: "Batches of the project" })],
    ["Settings", "ShowRootKey", () => page.getByText("Seals every key")],
    ["Settings", "ShowSecretsConfig", () => page.getByLabel("Reject weak values")],
    ["Account", "ListAccessKeys", () => page.getByRole("list", { name: "Access keys" }).getByRole("listitem").first()],
  ];
  for (const [screen, call, loaded] of screens) {
    await page.route(`**/${call}`, (route) => route.abort("connectionrefused"));
    await visitor.goTo(screen);
    await page.getByText("The server could not be reached.").waitFor();
    await page.unroute(`**/${call}`);
    await visitor.press(visitor.button("Retry"));
    await loaded().waitFor();
    await visitor.goTo("Secrets");
  }
  await page.route("**/ListSecretVersions", (route) => route.abort("connectionrefused"));
  await visitor.find(name);
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByText("The server could not be reached.").waitFor();
  await page.unroute("**/ListSecretVersions");
  await visitor.press(visitor.button("Retry"));
  await visitor.version("v1").waitFor();

  await page.route("**/ListSecretVersions", (route) => route.abort("connectionrefused"));
  await visitor.press(visitor.button("Reveal value"));
  await page.getByText("This may be out of date.").waitFor();
  await visitor.version("v1").waitFor();
  quiet(visitor, "ERR_CONNECTION_REFUSED");
  await visitor.leave();
});

test("that nothing matches is said only when the answer is there", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const name = unique("there");
  await visitor.enter();
  await visitor.give([{ name, secret_string: "v" }]);
  await visitor.field("Search").fill(`name:${unique("nothing")}`);
  await page.getByText("No secret matches the search.").waitFor();
  const release = await hold(page, "SearchSecrets");
  await visitor.field("Search").fill(`name:${name}`);
  await page.getByText("Updating secrets…").waitFor();
  assert.equal(await page.getByText("No secret matches the search.").count(), 0);
  await release();
  await page.getByRole("link", { name, exact: true }).waitFor();
  await visitor.leave();
});

test("the address holds the search and the place in the list, for Back, a reload and a new tab", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const prefix = unique("place");
  const name = (index) => `${prefix}-${String(index).padStart(4, "0")}`;
  await visitor.enter();
  const entries = Array.from({ length: 900 }, (_, index) => ({ name: name(index), secret_string: "v" }));
  await visitor.give(entries);
  await visitor.field("Search").fill(`name:${prefix}*`);
  await page.getByText("500 found; there may be more").waitFor();
  // The next page comes by itself near the end of this one.
  await page.locator(".table-area").evaluate((area) => area.scrollTo({ top: area.scrollHeight }));
  await page.getByText("900 found", { exact: true }).waitFor();
  await page.locator(".table-area").evaluate((area) => area.scrollTo({ top: 700 * 52 }));
  const shown = page.getByRole("link", { name: name(702), exact: true });
  await shown.waitFor();
  await page.waitForFunction(() => /[?&]row=700\b/.test(location.hash));
  assert.match(decodeURIComponent(page.url()), new RegExp(`#/secrets\\?q=name:${prefix}\\*&row=700$`));

  const isThere = async () => {
    await shown.waitFor();
    assert.ok(await shown.evaluate((link) => link.getBoundingClientRect().bottom < innerHeight), "and in sight");
    assert.equal(await visitor.field("Search").inputValue(), `name:${prefix}*`);
  };
  await shown.click();
  await visitor.heading("Versions").waitFor();
  await page.goBack();
  await isThere();
  await shown.click();
  await visitor.heading("Versions").waitFor();
  await page.getByRole("link", { name: "All secrets" }).click();
  await isThere();
  await page.reload();
  await isThere();

  // Ctrl+click: the other tab is logged in, and sees the secret.
  const [tab] = await Promise.all([
    visitor.context.waitForEvent("page"),
    shown.click({ modifiers: ["ControlOrMeta"] }),
  ]);
  await tab.getByRole("heading", { level: 1, name: name(702) }).waitFor();
  await tab.getByRole("heading", { name: "Versions" }).waitFor();
  await visitor.leave();
});

test("names are never cut, whatever stands beside them", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const prefix = unique("n");
  const names = [`${prefix}.${"x".repeat(63 - prefix.length)}`, `${prefix}-orders-primary-connection-string-of-prod`];
  await visitor.enter();
  const description = "A description that is long enough to need more than the line there is for it in any list";
  await visitor.give(names.map((name) => ({ name, secret_string: "v", description })));
  const { token, project } = await visitor.identity();
  for (const name of names) {
    const url = (path) => `${visitor.server.url}/v1/${project}${path}`;
    const headers = { "x-auth-token": token, "content-type": "application/json" };
    const { secret } = await (await fetch(url(`/secrets/${name}`), { headers })).json();
    const tags = Array.from({ length: 6 }, (_, index) => ({ key: `a long key ${index}`, value: "v".repeat(120) }));
    const body = JSON.stringify({ action: "create", tags });
    const answer = await fetch(url(`/csms/${secret.id}/tags/action`), { method: "POST", headers, body });
    assert.equal(answer.status, 204);
  }
  await visitor.field("Search").fill(`name:${prefix}*`);
  await page.getByText("2 found").waitFor();
  await visitor.act(visitor.actions(names[0]), "Schedule deletion…");
  await visitor.press(visitor.dialog().getByRole("button", { name: "Schedule deletion" }));
  await visitor.closed();
  for (const width of [360, 390, 700, 1000, 1280, 1920]) {
    await page.setViewportSize({ width, height: 800 });
    for (const name of names) {
      const link = page.getByRole("link", { name, exact: true });
      const found = await link.evaluate((element) => {
        const cell = element.closest("th");
        const row = element.closest("tr");
        const inner = cell.getBoundingClientRect();
        const boxes = [...element.querySelector(".breaking-name").getClientRects()];
        return {
          cut: boxes.some((box) => box.right > inner.right + 1 || box.bottom > inner.bottom + 1),
          hidden: cell.scrollWidth > cell.clientWidth + 1,
          // Rows that are not drawn are reckoned with this height.
          height: [row.getBoundingClientRect().height, Number.parseInt(row.style.height, 10)],
          overlap: [...row.children].some((one, index) => {
            const next = row.children[index + 1]?.getBoundingClientRect();
            return [...one.querySelectorAll("*")].some((inside) => {
              const clipped = inside.closest(".row-tags, .row-description, .row-meta");
              const box = (clipped ?? inside).getBoundingClientRect();
              return next !== undefined && box.width > 0 && box.right > next.left + 1;
            });
          }),
        };
      });
      assert.deepEqual(found, { ...found, cut: false, hidden: false, overlap: false }, `${name} at ${width}`);
      assert.equal(...found.height, `the height of a row at ${width}`);
    }
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wider <= 0, `${wider} pixels too wide at ${width}`);
  }
  await visitor.leave();
});

test("on a phone the screens are behind a menu, and the first secret is in the upper half", async () => {
  const visitor = await arrive({ viewport: { width: 360, height: 740 } });
  const { page } = visitor;
  const name = unique("phone");
  await visitor.enter();
  await visitor.give([{ name, secret_string: "v" }]);
  await visitor.find(name);
  await page.getByText("1 found").waitFor();
  const { y } = await page.getByRole("link", { name, exact: true }).boundingBox();
  assert.ok(y < 370, `the first secret starts at ${y}`);
  const menu = visitor.button("Menu");
  assert.equal(await menu.getAttribute("aria-expanded"), "false");
  assert.equal(await page.getByRole("navigation", { name: "Screens" }).isVisible(), false);
  await visitor.press(menu);
  await page.getByRole("link", { name: "Settings", exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement?.textContent === "Menu");
  assert.equal(await menu.getAttribute("aria-expanded"), "false");
  await visitor.goTo("Settings");
  assert.equal(await page.getByRole("navigation", { name: "Screens" }).isVisible(), false);
  await visitor.leave();
});

test("the menu of a row is worked with the keyboard, and deleting for good stands last in it", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  const name = unique("menu");
  await visitor.enter();
  await visitor.give([{ name, secret_string: "v" }]);
  await visitor.find(name);
  await visitor.press(visitor.actions(name));
  const focused = (text) => page.waitForFunction((wanted) => document.activeElement?.textContent === wanted, text);
  assert.deepEqual((await page.getByRole("menuitem").allInnerTexts()).at(-1), "Delete permanently…");
  await focused("Copy name");
  await page.keyboard.press("End");
  await focused("Delete permanently…");
  await page.keyboard.press("s");
  await focused("Schedule deletion…");
  await page.keyboard.press("Escape");
  await page.getByRole("menu").waitFor({ state: "detached" });
  await page.waitForFunction((label) => document.activeElement?.ariaLabel === label, `Actions for ${name}`);
  assert.equal(await page.getByRole("button", { name: /Delete/ }).count(), 0, "nothing deletes at the first press");
  await visitor.leave();
});
