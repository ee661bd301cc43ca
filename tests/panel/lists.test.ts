// Whether the panel's lists are in the right order, offer what there is, and lead to what they name.

import assert from "node:assert/strict";
import { test } from "node:test";
import { WRITTEN_TYPES } from "../../engine/journal/event-types.ts";
import { needsBrowser, openPanel, runOf } from "../support/browser.ts";

test(
  "steps stand in the order of the definition, inner ones below what holds them",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const uuid = (id: string, depends_on: string[] = []) => ({
      id,
      action: "crypto.uuid",
      depends_on,
    });
    const id = await runOf(panel, "ordered", [
      uuid("z"),
      {
        id: "m",
        type: "parallel",
        depends_on: ["z"],
        config: { branches: [[uuid("y"), uuid("x")], [uuid("w")]] },
      },
      uuid("a", ["m"]),
    ]);
    const page = await panel.open(`/workflows/${id}`);
    const steps = page.getByRole("table", { name: "Steps" }).locator("code.step");
    const titles = await steps.evaluateAll((all) => all.map((one) => one.getAttribute("title")));
    assert.deepEqual(titles, ["z", "m", "m.branch_0.y", "m.branch_0.x", "m.branch_1.w", "a"]);
    const left = (n: number) => steps.nth(n).evaluate((one) => one.getBoundingClientRect().left);
    assert.ok(await left(2) > await left(1), "inner ones are indented");
  },
);

test("each type of event is offered that a log may have, and no other", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  const page = await panel.open("/events");
  const options = page.getByLabel("Type").locator("option");
  const offered = await options.evaluateAll((all) => all.map((one) => one.getAttribute("value")));
  assert.deepEqual(offered.filter((value) => value).toSorted(), WRITTEN_TYPES.toSorted());
});

test(
  "the first page tells what became of runs lately, and no loop fills it",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await runOf(panel, "charge", [
      { id: "check", action: "assert.equals", params: { expected: 1, actual: 2 } },
    ]);
    const body = [{ id: "draw", action: "crypto.uuid" }];
    await runOf(panel, "loops", [
      { id: "each", type: "loop", config: { over: Array(20).fill(1), body } },
    ]);
    const page = await panel.open("/");
    await page.getByRole("heading", { name: "Failed runs" }).waitFor();
    const events = page.getByRole("region", { name: "Recent events" });
    const told = await events.locator("tbody td:first-child").allInnerTexts();
    assert.deepEqual(told.filter((text) => /loop|step_(?!failed)/.test(text)), []);
    assert.ok(told.includes("workflow_completed") && told.includes("step_failed"), `${told}`);
    // What failed has its mark, not only its name.
    const failed = events.getByRole("row", { name: /step_failed/ });
    assert.equal(await failed.locator(".state.bad svg").count(), 1);
    await events.getByRole("link", { name: "All events" }).click();
    await page.getByRole("heading", { name: "Events" }).waitFor();
    await page.getByText("loop_iter_started").first().waitFor();
    assert.equal(await page.getByRole("columnheader", { name: "#", exact: true }).count(), 0);
  },
);

test("a run leads to its events, and they lead back", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  const id = await runOf(panel, "draws", [{ id: "draw", action: "crypto.uuid" }]);
  await runOf(panel, "others", [{ id: "draw", action: "crypto.uuid" }]);
  const page = await panel.open(`/workflows/${id}?tab=events`);
  await page.getByRole("columnheader", { name: "#", exact: true }).waitFor();
  await page.getByRole("link", { name: "All of them on the page Events" }).click();
  await page.getByRole("heading", { name: "Events" }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get("workflow_id"), id);
  await page.getByRole("link", { name: "To the run" }).click();
  await page.waitForURL(`**/workflows/${id}`);
});

test(
  "a run is found by the end of its id, as the list shows it, here and in the palette",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const draw = [{ id: "draw", action: "crypto.uuid" }];
    const id = await runOf(panel, "sought", draw);
    await runOf(panel, "others", draw);
    const page = await panel.open("/workflows");
    const shown = page.getByRole("row", { name: /sought/ }).locator(".id");
    const text = await shown.innerText();
    assert.equal(text, `…${id.slice(-8)}`);
    for (const written of [text, id.slice(-8).toUpperCase()]) {
      await page.getByLabel("Search", { exact: true }).fill(written);
      await page.keyboard.press("Enter");
      await page.getByRole("row", { name: /others/ }).waitFor({ state: "detached" });
      await page.getByRole("row", { name: /sought/ }).waitFor();
      await page.goto(`${panel.url}/workflows`);
      await page.waitForSelector("html[data-ready]");
    }
    await page.keyboard.press("ControlOrMeta+k");
    await page.getByRole("combobox", { name: /^Find a page/ }).fill(id.slice(-8));
    await page.getByRole("option", { name: /^sought/ }).waitFor();
  },
);

test(
  "what somebody is writing in a filter stays while the list goes on",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const draw = [{ id: "draw", action: "crypto.uuid" }];
    await runOf(panel, "first", draw);
    const page = await panel.open("/workflows");
    await page.getByText("live", { exact: true }).waitFor();
    const field = page.getByLabel("Search", { exact: true });
    await field.fill("half a wo");
    await runOf(panel, "second", draw);
    await page.getByRole("row", { name: /second/ }).waitFor();
    assert.equal(await field.inputValue(), "half a wo");
  },
);

test("a template has its page whatever characters its name has", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  for (const name of ["a/b", "what?", "50 %", "#1", "ünï & <b>"]) {
    await runOf(panel, name, [{ id: "a", action: "crypto.uuid" }]);
    const page = await panel.open("/templates");
    await page.getByRole("link", { name, exact: true }).click();
    await page.getByRole("heading", { name, exact: true }).waitFor();
    // As a document of its own, too.
    await page.reload();
    await page.getByRole("heading", { name, exact: true }).waitFor();
  }
});

test(
  "the first page tells which schedules fail, and what each agent has under way",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const check = { id: "check", action: "assert.equals", params: { expected: 1, actual: 2 } };
    await runOf(panel, "charge", [check]);
    const { id } = await panel.api("POST", "/schedules", {
      ...{ name: "nightly", template_name: "charge", agent_id: "alpha", cron: "0 3 * * *" },
    });
    const page = await panel.open("/");
    const failing = page.getByRole("list", { name: "Schedules that fail" });
    assert.equal(await failing.count(), 0);
    for (let i = 0; i < 5; i++) {
      const { workflow_id } = await panel.api("POST", `/schedules/${id}/run`, {});
      await panel.api("GET", `/runs/${workflow_id}`);
    }
    await failing.getByRole("link", { name: "nightly" }).waitFor();
    const agent = page.getByRole("table", { name: "Agents" }).getByRole("row", { name: /alpha/ });
    const failed = agent.getByRole("link", { name: "6" });
    assert.match((await failed.getAttribute("href"))!, /agent_id=alpha.*status=failed/);
    await failing.getByRole("link", { name: "nightly" }).click();
    await page.getByText("five times in a row").waitFor();
  },
);
