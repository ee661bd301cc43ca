// Whether what others have written stays text, however it is meant, and however much of it there is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { needsBrowser, openPanel, runOf } from "../support/browser.ts";

const MARKUP = `<img src=x onerror="document.title='owned'">"'</script>\u202etxet`;

test("names and payloads full of markup are shown as they are", needsBrowser, async (t) => {
  const panel = await openPanel(t, { vaultKey: `hex:${"ab".repeat(32)}` });
  const id = await runOf(panel, `a/b?c#d%<i>`, [
    { id: "x", action: "jq.transform", params: { data: {}, filter: JSON.stringify(MARKUP) } },
    {
      id: "ask",
      type: "reasoning",
      config: { prompt_context: MARKUP, options: [{ id: "o", description: MARKUP }] },
    },
  ]);
  await panel.api("PUT", "/secrets/TOKEN", { value: MARKUP });
  // A name of a schedule has no dot.
  const hostile = MARKUP.replaceAll(".", "");
  await panel.api("POST", "/templates", {
    ...{ name: hostile, agent_id: hostile, description: MARKUP },
    input_schema: {
      properties: { [MARKUP]: { type: "string", description: MARKUP, default: MARKUP } },
    },
    definition: { steps: [{ id: hostile, action: "crypto.uuid" }] },
  });
  const { id: schedule } = await panel.api("POST", "/schedules", {
    ...{ name: hostile, template_name: hostile, agent_id: hostile, cron: "0 3 * * *" },
  });
  const template = `/templates/${encodeURIComponent(hostile)}`;
  const written = [
    ...["", "?tab=definition", "?tab=run", "?tab=started"].map((tab) => template + tab),
    ...["/scheduler", `/scheduler/${schedule}`, `/scheduler/${schedule}?tab=change`],
    ...[`/scheduler/new?template=${encodeURIComponent(hostile)}`, "/secrets", "/settings"],
    `/define?template=${encodeURIComponent(hostile)}`,
  ];
  const paths = [
    ...written,
    ...["/", "/workflows", "/templates", "/decisions", "/events", `/workflows/${id}`],
    ...[`/workflows/${id}?tab=events`, `/templates/${encodeURIComponent("a/b?c#d%<i>")}`],
  ];
  const page = await panel.open("/");
  for (const path of paths) {
    await page.goto(panel.url + path);
    await page.waitForSelector("html[data-ready]");
    assert.notEqual(await page.title(), "owned", path);
    assert.equal(await page.locator("img").count(), 0, path);
  }
  await page.goto(`${panel.url}/templates`);
  await page.waitForSelector("html[data-ready]");
  await page.getByRole("link", { name: "a/b?c#d%<i>" }).click();
  await page.getByRole("heading", { name: "a/b?c#d%<i>" }).waitFor();
});

test("a text of a MiB and a run of many steps are cut, and say so", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  const large = await runOf(panel, "large", [
    { id: "a", action: "expr.eval", params: { expression: "inputs.text" } },
  ], { params: { text: "0123456789".repeat(100_000) } });
  const page = await panel.open(`/workflows/${large}?tab=output`);
  assert.match(await page.locator("#main").innerText(), /bytes|more characters are not shown/);
  const many = await runOf(panel, "many", [{
    ...{ id: "each", type: "loop" },
    config: { over: Array(2_000).fill(0), body: [{ id: "u", action: "crypto.uuid" }] },
  }], { wait_ms: 30_000 });
  await page.goto(`${panel.url}/workflows/${many}`);
  await page.waitForSelector("html[data-ready]");
  assert.ok(await page.locator("tbody tr").count() <= 500);
});
