// Every screen, photographed at four widths in light and dark with realistic data, and measured: no name cut below 24
// characters, nothing over something else, nothing wider than the window. The pictures are in target/screenshots/visual/.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { arrive, unique } from "./stage.mjs";

const FOLDER = fileURLToPath(new URL("../../target/screenshots/visual/", import.meta.url));
const WIDTHS = [360, 390, 1280, 1920];
const ROWS = 10_000;

const TEAMS = ["payments", "identity", "platform", "search", "data-platform", "mobile-backend"];
const KINDS = [
  "postgres-primary-connection-string",
  "stripe-api-key",
  "jwt-signing-key.v2",
  "oauth-client-secret-of-the-partner-gateway",
  "tls",
  "kafka_sasl_password",
];
const TAGS = [
  ["env", "prod"],
  ["team", "platform"],
  ["cost center", "R and D and shared services and everything else that nobody else pays for"],
  ["owner", "someone.with.a.long.name@example.com"],
  ["compliance", "PCI-DSS"],
];

function nameOf(index) {
  const [team, kind] = [TEAMS[index % TEAMS.length], KINDS[Math.floor(index / 6) % KINDS.length]];
  return `${team}-${["prod", "staging", "dev"][index % 3]}-${kind}`.slice(0, 58) + `.${String(index).padStart(5, "0")}`;
}

/** What people have after a year: long names, many tags, descriptions, every state, ten thousand rows. */
async function fill(visitor) {
  const { token, project } = await visitor.identity();
  const call = async (path, body, method = "POST") => {
    const answer = await fetch(`${visitor.server.url}/v1/${project}${path}`, {
      method,
      headers: { "x-auth-token": token, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  for (let from = 0; from < ROWS; from += 1_000) {
    const secrets = Array.from({ length: 1_000 }, (_, offset) => ({
      name: nameOf(from + offset),
      secret_string: `value ${from + offset}`,
      ...(offset % 3 === 0 && {
        description: "Rotated by the team on call. Ask in the channel before it is changed by hand.",
      }),
      ...(offset % 7 === 0 && {
        secret_type: "RDS-FG",
        rotation_config: JSON.stringify({ InstanceId: "visual", SecretSubType: "SingleUser" }),
      }),
    }));
    await call("/secrets/batch-import", { secrets });
  }
  const first = Array.from({ length: ROWS }, (_, index) => nameOf(index))
    .sort()
    .slice(0, 12);
  for (const [index, name] of first.entries()) {
    const { secret } = await call(`/secrets/${name}`, undefined, "GET");
    const tags = TAGS.slice(0, index % 6).map(([key, value]) => ({ key, value }));
    if (tags.length > 0) await call(`/csms/${secret.id}/tags/action`, { action: "create", tags });
    if (index % 4 === 3)
      await call(`/secrets/${name}/scheduled-deleted-tasks/create`, { recovery_window_in_days: 7 + index });
    if (index % 4 === 1) await call(`/secrets/${name}/versions/latest`, undefined, "GET");
  }
  const shown = first[1];
  for (const stage of ["blue", "green"]) {
    await call(`/secrets/${shown}/versions`, { secret_string: `of ${stage}`, version_stages: [stage] });
  }
  return shown;
}

/** What must never be seen, as sentences. */
const measure = () => {
  const found = [];
  const wider = document.documentElement.scrollWidth - innerWidth;
  if (wider > 0) found.push(`the page is ${wider} pixels too wide`);
  const top = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  const isVisible = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 1;
  const words = (element) => `${element.tagName} "${element.textContent.trim().slice(0, 40)}"`;

  for (const name of top.querySelectorAll(".breaking-name, h1.mono, h1 .breaking-name")) {
    if (!isVisible(name)) continue;
    const cell = name.closest("th, h1");
    if (cell.scrollWidth > cell.clientWidth + 1) found.push(`${words(name)} is cut`);
    const letters = name.textContent.length;
    const lines =
      Math.round(name.getBoundingClientRect().height / Number.parseFloat(getComputedStyle(cell).lineHeight)) || 1;
    if (letters / lines < Math.min(letters, 12) / 2) found.push(`${words(name)} stands in ${lines} lines`);
  }
  // Of what can be pressed or read, nothing lies over something else of its kind.
  const parts = [...top.querySelectorAll("button, a, input, select, textarea, .badge, .chip, h1, h2, legend, label")];
  const boxes = parts.filter((part) => isVisible(part) && part.closest(".unseen, .skip, .segment, .segments") === null);
  const clippedBy = (part) => part.closest(".table-area, .send-bar, .scroll, .row-meta, .row-tags, .plan > .actions");
  for (const [index, one] of boxes.entries()) {
    const first = one.getBoundingClientRect();
    for (const two of boxes.slice(index + 1)) {
      if (one.contains(two) || two.contains(one) || clippedBy(one) !== clippedBy(two)) continue;
      if (one.control === two || two.control === one) continue;
      const second = two.getBoundingClientRect();
      const [across, down] = [
        Math.min(first.right, second.right) - Math.max(first.left, second.left),
        Math.min(first.bottom, second.bottom) - Math.max(first.top, second.top),
      ];
      const sticks = [one, two].some((part) => part.closest("thead") !== null);
      if (across > 2 && down > 2 && !sticks) found.push(`${words(one)} lies over ${words(two)}`);
    }
  }
  // What is inside of a box stays inside, unless the box scrolls or says with dots that there is more.
  for (const box of top.querySelectorAll("button, .badge, .chip, .card, td, th, dd, .rejected, .notice")) {
    const { overflowX, textOverflow } = getComputedStyle(box);
    if (!isVisible(box) || overflowX !== "visible" || textOverflow !== "clip") continue;
    if (box.scrollWidth > box.clientWidth + 2)
      found.push(`${words(box)} overflows by ${box.scrollWidth - box.clientWidth}`);
  }
  return found;
};

for (const colorScheme of ["light", "dark"]) {
  test(`every screen is in order at every width, ${colorScheme}`, { timeout: 240_000 }, async () => {
    await mkdir(FOLDER, { recursive: true });
    const visitor = await arrive({ colorScheme });
    const { page } = visitor;
    const wrong = [];
    const look = async (screen) => {
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: width < 500 ? 740 : width < 1500 ? 800 : 1080 });
        // Until what follows from the width is drawn.
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60))));
        await page.screenshot({ path: `${FOLDER}${screen}-${width}-${colorScheme}.png` });
        wrong.push(...(await page.evaluate(measure)).map((sentence) => `${screen} at ${width}: ${sentence}`));
      }
    };

    await look("log-in");
    await visitor.enter();
    if (colorScheme === "light") await fill(visitor);
    await visitor.press(visitor.button("Reload"));
    await page.getByText("500 loaded").waitFor();
    await look("list");
    const first = page.locator(".secrets.list th.name a");
    const shown = await first.nth(1).textContent();
    await page.getByLabel("Select all loaded").check();
    await look("list-selected");
    await visitor.button("Select none").click();
    await page.setViewportSize({ width: 390, height: 740 });
    await visitor.button("Menu").click();
    await look("menu");
    await page.setViewportSize({ width: 1280, height: 800 });
    await visitor.actions(shown).click();
    await page.getByRole("menuitem").first().waitFor();
    await page.screenshot({ path: `${FOLDER}row-menu-1280-${colorScheme}.png` });
    await page.keyboard.press("Escape");
    await page.locator(".heading").getByRole("button", { name: "New secret" }).click();
    await visitor.dialog().getByText("Generate a password", { exact: true }).click();
    await look("new-secret");
    await page.keyboard.press("Escape");
    await visitor.closed();

    for (let index = 0; index < 5; index += 1)
      await page
        .getByRole("checkbox", { name: /^Choose/ })
        .nth(index)
        .check();
    await visitor.button(/^Delete \d+ secret/).click();
    await visitor.dialog().getByRole("button", { name: "Preview" }).click();
    await visitor.heading(/would be scheduled/).waitFor();
    await look("delete-many");
    await page.keyboard.press("Escape");
    await visitor.closed();
    await visitor.button("Select none").click();

    await page.getByRole("link", { name: shown, exact: true }).click();
    await visitor.heading("Versions").waitFor();
    await look("secret");
    await page.getByRole("button", { name: "New version", exact: true }).click();
    await look("new-version");
    await page.keyboard.press("Escape");
    await visitor.closed();

    await visitor.goTo("Import");
    await look("import-by-hand");
    await page.getByLabel("From a file or text").check();
    const names = Array.from({ length: 30 }, (_, index) => nameOf(20_000 + index));
    const prefix = unique("v");
    const lines = names.map((name, index) => `${prefix}-${name.slice(-40)},${index === 4 ? "" : "value"},about`);
    await visitor.field("Text").fill(`name,value,description\n${lines.join("\n")}`);
    await page.getByText("1 with problems").waitFor();
    await look("import-text");
    await page.getByLabel(/^All or nothing/).uncheck();
    await visitor.button(/^Preview/).click();
    await visitor.heading(/would be imported/).waitFor();
    await look("import-preview");
    await visitor.button(/^Import 29/).click();
    await visitor.heading("29 created").waitFor();
    await look("import-done");

    await visitor.goTo("Batches", { discard: true });
    await page.getByRole("table").waitFor();
    await look("batches");
    await page.getByRole("table").getByRole("link").first().click();
    await page.getByRole("heading", { level: 1, name: /^Import, / }).waitFor();
    await page.getByRole("table").waitFor();
    await look("batch");
    await visitor.button("Undo…").click();
    await visitor.heading(/can be undone/).waitFor();
    await look("undo");
    await page.keyboard.press("Escape");
    await visitor.closed();
    await visitor.goTo("Delete by instance");
    await visitor.field("Instance").fill("visual");
    await look("delete-by-instance");
    await visitor.goTo("Settings");
    await page.getByText("Seals every key").waitFor();
    await look("settings");
    await visitor.goTo("Account");
    await page.getByRole("list", { name: "Access keys" }).getByRole("listitem").first().waitFor();
    await look("account");
    assert.deepEqual(wrong, []);
    await visitor.leave();
  });
}
