// Somebody in front of the page: a browser of their own, a keyboard, and eyes for what should never happen.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export function launchBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export class Visitor {
  /** Everything the browser asked for. */
  requests = [];
  /** What it complained about. */
  complaints = [];

  static async arrive(browser, server, options = {}) {
    const visitor = new Visitor();
    visitor.server = server;
    visitor.context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    visitor.page = await visitor.context.newPage();
    visitor.page.setDefaultTimeout(10_000);
    visitor.page.on("request", (request) => visitor.requests.push(request));
    visitor.page.on("pageerror", (error) => visitor.complaints.push(String(error)));
    visitor.page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") visitor.complaints.push(message.text());
    });
    await visitor.page.goto(server.url);
    return visitor;
  }

  /** Leaves, and tells whether anything happened that must not. */
  async leave({ values = [] } = {}) {
    const kept = await this.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    const { origin } = new URL(this.server.url);
    const urls = this.requests.map((request) => request.url());
    await this.context.close();

    assert.deepEqual(this.complaints, [], "the console stays quiet");
    assert.deepEqual(
      urls.filter((url) => new URL(url).origin !== origin),
      [],
      "nothing is asked of others",
    );
    for (const value of values) {
      assert.ok(!urls.some((url) => url.includes(value)), "no value in an address");
      assert.ok(!kept.includes(value), "no value in storage");
    }
  }

  /** The calls made, as the end of their path. */
  calls(name) {
    return this.requests.filter((request) => request.url().endsWith(`/${name}`));
  }

  button(name) {
    return this.page.getByRole("button", { name });
  }

  field(label) {
    return this.page.getByLabel(label, { exact: true });
  }

  heading(name) {
    return this.page.getByRole("heading", { name, exact: true });
  }

  /** Walks there with the Tab key alone. */
  async tabTo(locator) {
    await locator.waitFor();
    // More stops than any screen under test has.
    for (let stop = 0; stop < 120; stop += 1) {
      if (await locator.evaluate((element) => element === document.activeElement)) return;
      await this.page.keyboard.press("Tab");
    }
    assert.fail(`cannot be reached with the Tab key: ${locator}`);
  }

  async press(locator, key = "Enter") {
    await this.tabTo(locator);
    await this.page.keyboard.press(key);
  }

  async type(locator, text) {
    await this.tabTo(locator);
    await this.page.keyboard.type(text);
  }

  async choose(locator, label) {
    await this.tabTo(locator);
    await locator.selectOption({ label });
  }

  async logIn(password = this.server.credentials.password) {
    const { domain_name, user_name } = this.server.credentials;
    await this.field("Account").fill(domain_name);
    await this.field("User").fill(user_name);
    await this.field("Password").fill(password);
    await this.page.keyboard.press("Enter");
  }

  async enter() {
    await this.logIn();
    await this.heading("Secrets").waitFor();
  }

  async goTo(screen, { discard = false } = {}) {
    const menu = this.page.getByRole("button", { name: "Menu", exact: true });
    if (await menu.isVisible()) await this.press(menu);
    const screens = this.page.getByRole("navigation", { name: "Screens" });
    await this.press(screens.getByRole("link", { name: screen, exact: true }));
    if (discard) await this.button("Discard and leave").click();
    await this.page.waitForFunction(() => document.activeElement?.tagName === "H1");
  }

  /** Chooses an action from the menu of a row, or from another one. */
  async act(menu, action) {
    // Only one row of a list is in the Tab order; that the others are reached by arrows has a test of its own.
    await menu.click();
    await this.page.getByRole("menuitem", { name: action }).click();
  }

  /** The menu of a secret in the list. */
  actions(name) {
    return this.button(`Actions for ${name}`);
  }

  /** Puts secrets there, the quick way, for tests of something else. */
  async give(entries) {
    const { token, project } = await this.identity();
    const answer = await fetch(`${this.server.url}/v1/${project}/secrets/batch-import`, {
      method: "POST",
      headers: { "x-auth-token": token, "content-type": "application/json" },
      body: JSON.stringify({ secrets: entries }),
    });
    const { success } = await answer.json();
    assert.equal(success, entries.length, "all are stored");
    if (!(await this.heading("Secrets").isVisible())) await this.goTo("Secrets");
    await this.press(this.button("Reload"));
  }

  /** Previews what stands in the form of an import, and imports it. */
  async import(count) {
    const secrets = count === 1 ? "1 secret" : `${count} secrets`;
    await this.press(this.button(`Preview ${secrets}`));
    await this.heading(`${count} of ${secrets} would be imported`).waitFor();
    await this.press(this.button(`Import ${secrets}`));
    await this.heading(`${count} created`).waitFor();
  }

  /** The row of a table that is about a secret. */
  outcome(name) {
    return this.page.getByRole("row").filter({ has: this.page.getByRole("rowheader", { name }) });
  }

  /** Who is logged in, as the server knows them. */
  async identity() {
    const session = await this.page.evaluate(() => JSON.parse(Object.values(sessionStorage)[0]));
    return { token: session.token, project: this.server.credentials.project_id };
  }

  /** Searches for one secret and gives back its row. */
  async find(name) {
    await this.field("Search").fill(`name:${name}`);
    const row = this.page.getByRole("row").filter({ has: this.page.getByRole("rowheader", { name, exact: true }) });
    await row.waitFor();
    return row;
  }

  /** Opens the screen of a secret. */
  async open(name) {
    const row = await this.find(name);
    await this.press(row.getByRole("link", { name, exact: true }));
    await this.page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
    await this.heading("Versions").waitFor();
  }

  dialog(name) {
    return this.page.getByRole("dialog", name === undefined ? {} : { name });
  }

  /** Waits until no dialog is open. */
  async closed() {
    await this.dialog().waitFor({ state: "detached" });
  }

  /** The row of a version in the table of the secret's screen. */
  version(id) {
    return this.page.getByRole("row").filter({ has: this.page.getByRole("rowheader", { name: id, exact: true }) });
  }
}
