// What is put into the import: large texts, missing values, and where the first problem is shown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrive, unique } from "./stage.mjs";

/** Pastes as a person does: the text comes from the clipboard in one event. */
const paste = (box, text) =>
  box.evaluate((area, pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text", pasted);
    area.focus();
    area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);

async function fromText() {
  const visitor = await arrive();
  await visitor.enter();
  await visitor.goTo("Import");
  await visitor.page.getByLabel("From a file or text").check();
  return { visitor, page: visitor.page, box: visitor.field("Text") };
}

test("ten thousand pasted lines can be typed into while they are read again", async () => {
  const { visitor, page, box } = await fromText();
  const lines = Array.from(
    { length: 10_000 },
    (_, index) => `SERVICE_${index}_PASSWORD="value of ${index} xxxxxxxxxx"`,
  );
  await paste(box, lines.join("\n"));
  await page.getByText("10,000 ready").waitFor();
  await box.evaluate((area) => {
    const middle = area.value.indexOf("\n", area.value.length / 2);
    area.setSelectionRange(middle, middle);
    globalThis.keys = [];
    // From the key until everything that follows from it is laid out.
    let start = 0;
    area.addEventListener("keydown", () => {
      start = performance.now();
    });
    area.addEventListener("input", () =>
      setTimeout(() => {
        document.body.getBoundingClientRect();
        globalThis.keys.push(performance.now() - start);
      }),
    );
  });
  for (let key = 0; key < 25; key += 1) {
    await page.keyboard.press("x");
    // As fast as people type, and slow enough for the text to be read again between two keys.
    await page.waitForTimeout(key % 5 === 4 ? 500 : 90);
  }
  const keys = (await page.evaluate(() => globalThis.keys)).sort((one, other) => one - other);
  const median = keys[Math.floor(keys.length / 2)];
  // Reported, not asserted: other programs on the machine decide it as well. Aim: 50 ms.
  console.log(`key: median ${median.toFixed(0)} ms, slowest ${keys.at(-1).toFixed(0)} ms`);
  assert.equal(keys.length, 25);
  assert.match(await box.inputValue(), /x{25}\n/);
  await page.getByText(/^9,999 ready|^10,000 ready/).waitFor();
  await visitor.leave();
});

test("a missing value in a table is a problem, and an empty one elsewhere is pointed out", async () => {
  const { visitor, page, box } = await fromText();
  const [one, two] = [unique("one"), unique("two")];
  await box.fill(`name,value\n${one},\n${two},v\n`);
  const problems = page.getByRole("list", { name: "Entries with problems" });
  await problems.getByText("The value is empty. Fill in the cell, or remove the line.").waitFor();
  assert.match(await problems.innerText(), new RegExp(`Entry 1, line 2\\s+${one}`));
  await page.getByText("1 ready").waitFor();
  await page.getByText("1 with problems").waitFor();

  await box.fill(`${one}=\n${two}=v\n`);
  await page.getByText(`1 value is empty and would be stored so: ${one}.`).waitFor();
  await page.getByText("2 ready").waitFor();
  await visitor.goTo("Secrets", { discard: true });
  await visitor.leave();
});

test("a preview that is not possible leads to the first problem, and nothing covers it", async () => {
  const { visitor, page, box } = await fromText();
  const inSight = () =>
    page.evaluate(() => {
      const { top, bottom, left } = document.activeElement.getBoundingClientRect();
      const seen = document.elementFromPoint(left + 20, (top + bottom) / 2);
      return top >= 0 && bottom <= innerHeight && document.activeElement.contains(seen);
    });
  const name = unique("many");
  const lines = Array.from({ length: 60 }, (_, index) => (index === 40 ? `${name}-${index},` : `${name}-${index},v`));
  await box.fill(`name,value\n${lines.join("\n")}`);
  await page.getByText("1 with problems").waitFor();
  await visitor.press(visitor.button(/^Preview/));
  await page.waitForFunction(() => document.activeElement?.textContent.includes("The value is empty."));
  assert.ok(await inSight(), "the first problem of a text");

  await page.getByLabel("By hand").check();
  await visitor.type(visitor.field("Name"), "not a name");
  await visitor.press(visitor.button("Preview", { exact: true }));
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-invalid") === "true");
  assert.ok(await inSight(), "the first field with a problem");
  await visitor.goTo("Secrets", { discard: true });
  await visitor.leave();
});

test("good news does not cover an error", async () => {
  const { visitor, page } = await fromText();
  await page.locator(".drop").evaluate((area) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["A=1"], "one.env"));
    area.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  });
  await page.locator(".toast", { hasText: "one.env is read" }).waitFor();
  await page.route("**/BatchImportSecrets", (route) => route.abort("connectionrefused"));
  await visitor.press(visitor.button("Preview 1 secret"));
  await page.getByText("The server could not be reached.").waitFor();
  assert.equal(await page.locator(".toast").count(), 0);
  visitor.complaints = visitor.complaints.filter((complaint) => !complaint.includes("ERR_CONNECTION_REFUSED"));
  await visitor.goTo("Secrets", { discard: true });
  await visitor.leave();
});

test("a file whose name turns the reading direction leaves the sentence around it alone", async () => {
  const { visitor, page } = await fromText();
  await page.locator(".drop").evaluate((area) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["A=1"], "photo\u202egnp.env"));
    area.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  });
  const toast = page.locator(".toast p");
  await toast.waitFor();
  for (const place of [toast, page.locator(".drop .hint", { hasText: "From" })]) {
    const name = place.locator("bdi");
    assert.match(await name.innerText(), /^photo/);
    // The words after the name stand to the right of it.
    const [name_, all] = [await name.boundingBox(), await place.boundingBox()];
    assert.ok(name_.x >= all.x && name_.x + name_.width <= all.x + all.width);
  }
  const order = await toast.evaluate((element) => {
    const range = document.createRange();
    const [first] = element.querySelector("bdi").getClientRects();
    range.selectNodeContents(element.lastChild);
    return range.getBoundingClientRect().left >= first.right - 1;
  });
  assert.ok(order, "the sentence goes on after the name");
  await visitor.goTo("Secrets", { discard: true });
  await visitor.leave();
});
