// Whether the picture of a run leads to its steps, can be moved and enlarged, and trusts no name.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { seriousIn } from "../support/axe.ts";
import { keptLog, needsBrowser, openPanel, runOf } from "../support/browser.ts";

const uuid = (id: string, depends_on: string[] = []) => ({ id, action: "crypto.uuid", depends_on });
const STEPS = [
  uuid("first"),
  {
    id: "each",
    type: "loop",
    depends_on: ["first"],
    config: { over: [1, 2], body: [uuid("inner")] },
  },
];

const shownIn = (page: Page) =>
  page.getByRole("table", { name: "Steps" }).locator("code.step")
    .evaluateAll((all) => all.map((one) => one.getAttribute("title")));

test(
  "a click on a step shows it with what is inside, and a way back and to its events",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const id = await runOf(panel, "pictured", STEPS);
    const page = await panel.open(`/workflows/${id}`);
    assert.equal((await shownIn(page)).length, 4);
    await page.locator('[data-step="each"]').click();
    await page.getByText("and what is inside it").waitFor();
    assert.deepEqual(await shownIn(page), ["each", "each.iter_0.inner", "each.iter_1.inner"]);
    assert.equal(new URL(page.url()).searchParams.get("step"), "each");
    assert.equal(await page.locator('[data-step="each"].chosen').count(), 1);
    const table = page.getByRole("table", { name: "Steps" });
    assert.equal(await table.locator("td > details[open]").count(), 3, "outputs are open");
    // One inside it is that of whichever iteration.
    await page.locator('[data-step="each.iter_*.inner"]').click();
    await page.locator("p.note code", { hasText: "each.iter_*.inner" }).waitFor();
    assert.deepEqual(await shownIn(page), ["each.iter_0.inner", "each.iter_1.inner"]);
    // By keyboard the same is its name in the list, and that has its events.
    await page.getByRole("link", { name: "iter_1.inner" }).press("Enter");
    const written = page.getByRole("region", { name: "As it is written" });
    await written.getByText("crypto.uuid").waitFor();
    const happened = page.getByRole("region", { name: "What happened" });
    await happened.getByRole("cell", { name: "step_completed" }).waitFor();
    await page.getByText("Nothing since the daemon was started").waitFor();
    await page.getByRole("link", { name: "its events" }).press("Enter");
    await page.getByRole("cell", { name: "step_completed" }).waitFor();
    await page.goBack();
    await page.getByRole("link", { name: "All steps" }).press("Enter");
    await page.getByRole("link", { name: "first" }).waitFor();
    assert.equal((await shownIn(page)).length, 4);
  },
);

test("what a step has logged stands with it, and of no other", needsBrowser, async (t) => {
  const panel = await openPanel(t, keptLog());
  const say = (id: string, message: string) => ({
    ...{ id, action: "workflow.log", params: { message, level: "warn", data: { n: 1 } } },
  });
  const id = await runOf(panel, "says", [say("one", "the first word"), say("two", "another")]);
  const page = await panel.open(`/workflows/${id}?step=one`);
  const logged = page.getByRole("region", { name: "What was logged" });
  assert.match(await logged.innerText(), /warn the first word\s+\{"data":\{"n":1\}\}/);
  assert.doesNotMatch(await logged.innerText(), /another|workflow_id/);
  assert.deepEqual(await seriousIn(page), []);
});

test(
  "the picture is moved by the mouse, which chooses nothing then, and enlarged",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const id = await runOf(panel, "pictured", STEPS);
    const page = await panel.open(`/workflows/${id}`);
    const width = () =>
      page.locator(".graph svg").evaluate((svg) => svg.getBoundingClientRect().width);
    const before = await width();
    const nearer = page.getByRole("button", { name: "Larger" });
    for (let i = 0; i < 5; i++) await nearer.press("Enter");
    assert.ok(await width() > before * 2);
    const frame = page.locator(".graph .frame");
    const box = (await frame.boundingBox())!;
    const from = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x - 60, from.y - 60, { steps: 4 });
    await page.mouse.up();
    assert.ok(await frame.evaluate((one) => one.scrollTop + one.scrollLeft) > 20);
    assert.equal(new URL(page.url()).search, "");
    await page.getByRole("button", { name: /%/ }).click();
    assert.equal(await width(), before);
    assert.deepEqual(await seriousIn(page), []);
  },
);

test(
  "a hostile id is inert in the picture, in its address, and where it is told",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const odd = `"><img src=x onerror=alert(1)>&'`;
    const id = await runOf(panel, "odd", [uuid(odd)]);
    const page = await panel.open(`/workflows/${id}`);
    assert.equal(await page.locator(".graph img").count(), 0);
    await page.locator(".graph [data-step]").click();
    await page.getByText("and what is inside it").waitFor();
    assert.deepEqual(await shownIn(page), [odd]);
    await page.reload();
    assert.deepEqual(await shownIn(page), [odd]);
    assert.doesNotMatch(await page.title(), /^1/);
  },
);
