// Whether somebody can start runs in the panel, now, by the clock and for times of the past.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { needsBrowser, openPanel, type Panel } from "../support/browser.ts";

const SCHEMA = {
  type: "object",
  required: ["city"],
  properties: {
    city: { type: "string", minLength: 2, description: "<img src=x onerror=alert(1)>" },
    days: { type: "integer", minimum: 1, default: 3 },
    units: { enum: ["metric", "imperial"] },
    more: { type: "object" },
  },
};

async function withTemplate(panel: Panel): Promise<void> {
  await panel.api("POST", "/templates", {
    ...{ name: "weather", agent_id: "alpha", input_schema: SCHEMA },
    definition: {
      steps: [{ id: "a", action: "expr.eval", params: { expression: "inputs.city" } }],
    },
  });
}

test(
  "a run form has a field for each input, and says at it what is wrong",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await withTemplate(panel);
    const page = await panel.open("/templates/weather?tab=run");
    const run = page.getByRole("button", { name: "Run v1" });
    await run.click();
    await page.locator("#param-city-fault").getByText("is required").waitFor();
    await page.waitForFunction("document.activeElement.id === 'param-city'");
    await page.getByLabel("city").fill("U");
    await page.getByLabel("days").fill("x");
    await page.getByLabel("more").fill("{");
    await run.click();
    await page.locator("#param-days-fault").getByText("must be a number").waitFor();
    await page.locator("#param-more-fault").getByText("must be JSON").waitFor();
    await page.getByLabel("days").fill("0");
    await page.getByLabel("more").fill("");
    await run.click();
    await page.locator("#param-city-fault").waitFor();
    assert.equal(await page.getByLabel("city").getAttribute("aria-invalid"), "true");
    await page.getByLabel("city").fill("Ulm");
    await page.getByLabel("days").fill("5");
    await page.getByLabel("units").selectOption("imperial");
    await page.keyboard.press("Tab");
    await page.getByLabel("city").focus();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/workflows/*");
    const { runs } = await panel.api("GET", "/runs");
    assert.deepEqual(runs[0].input_params, { city: "Ulm", days: 5, units: "imperial" });
    assert.equal(runs[0].agent_id, "alpha");
  },
);

test(
  "a schedule is made by keyboard, changed, run, paused and deleted",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await withTemplate(panel);
    const page = await panel.open("/scheduler");
    await page.getByRole("link", { name: "New schedule" }).focus();
    await page.keyboard.press("Enter");
    await page.getByLabel("Name").fill("weekdays");
    await choose(page, "Template", "weather");
    await page.getByLabel("Cron", { exact: true }).fill("30 7 * * MON-XYZ");
    await page.getByText(/^cron: /).waitFor();
    await page.getByLabel("Cron", { exact: true }).fill("30 7 * * MON-FRI");
    await page.getByLabel("Time zone").fill("Europe/Berlin");
    await page.getByRole("table", { name: "Next times" }).getByText(/07:30 (CET|CEST|GMT)/).first()
      .waitFor();
    await page.getByLabel("city").focus();
    await page.keyboard.press("Enter");
    await page.locator("#param-city-fault").waitFor();
    await page.getByLabel("city").fill("Ulm");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "weekdays" }).waitFor();
    const [made] = (await panel.api("GET", "/schedules")).schedules;
    assert.deepEqual(
      [made.params, made.timezone, made.agent_id, made.overlap],
      [{ city: "Ulm" }, "Europe/Berlin", "alpha", "skip"],
    );
    assert.equal(
      await page.getByRole("table", { name: "Next times" }).locator("tbody tr").count(),
      5,
    );

    await page.getByRole("link", { name: "Change" }).click();
    await page.getByLabel("Cron", { exact: true }).fill("0 9 * * *");
    await page.getByText("When it cannot keep to its times").click();
    await page.getByLabel("While another run").selectOption("queue");
    await page.getByRole("button", { name: "Change" }).click();
    await page.locator(".facts").getByText("runs once the other is over").waitFor();
    assert.equal((await panel.api("GET", `/schedules/${made.id}`)).cron, "0 9 * * *");

    await page.getByRole("link", { name: "Times", exact: true }).click();
    await page.getByRole("button", { name: /^Run now/ }).click();
    await page.getByRole("row", { name: /asked for.*completed/ }).waitFor();
    await page.getByRole("button", { name: /^Pause/ }).click();
    await page.getByRole("button", { name: /^Resume/ }).waitFor();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("button", { name: "Delete the schedule" }).click();
    await page.getByText("Nothing runs by the clock.").waitFor();
  },
);

test("times of the past are counted and listed before anything runs", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  await withTemplate(panel);
  const { id } = await panel.api("POST", "/schedules", {
    ...{ name: "daily", template_name: "weather", agent_id: "alpha", cron: "0 3 * * *" },
    params: { city: "Ulm" },
  });
  const page = await panel.open(`/scheduler/${id}?tab=backfill`);
  await page.getByRole("button", { name: "Preview" }).click();
  await page.locator("#backfill-from-fault").waitFor();
  await page.getByLabel("From (UTC)").fill("2026-01-01T00:00");
  await page.getByLabel("To (UTC)").fill("2026-01-03T12:00");
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByText("3 times have no run yet.").waitFor();
  await page.getByText("Fri 2026-01-02 03:00 UTC").waitFor();
  assert.deepEqual((await panel.api("GET", "/runs")).runs, []);
  await page.getByRole("button", { name: "Start 3 runs" }).click();
  await page.locator(".notice").getByText("3 runs of daily have begun").waitFor();
  assert.equal((await panel.api("GET", "/runs")).runs.length, 3);
});

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByLabel(label, { exact: true }).selectOption(option);
}

test(
  "a new schedule is in the browser's zone at first, and one that is changed in its own",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await withTemplate(panel);
    const inNewYork = { timezoneId: "America/New_York" };
    const page = await panel.open("/scheduler/new?template=weather", inNewYork);
    const zone = page.getByLabel("Time zone");
    await page.waitForFunction("document.getElementById('schedule-timezone').value !== 'UTC'");
    assert.equal(await zone.inputValue(), "America/New_York");
    await page.getByText("this browser is in America/New_York, as is a new schedule at first")
      .waitFor();
    await page.getByLabel("Name").fill("morning");
    await page.getByLabel("Cron", { exact: true }).fill("30 7 * * *");
    await page.getByLabel("city").fill("Ulm");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("heading", { name: "morning" }).waitFor();
    const { schedules: [made] } = await panel.api("GET", "/schedules");
    assert.equal(made.timezone, "America/New_York");
    const elsewhere = await panel.open(`/scheduler/${made.id}?tab=change`, {
      timezoneId: "Asia/Tokyo",
    });
    await elsewhere.getByText("this browser is in Asia/Tokyo.").waitFor();
    assert.equal(await elsewhere.getByLabel("Time zone").inputValue(), "America/New_York");
  },
);
