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
