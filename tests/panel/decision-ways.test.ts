// What the panel shows of an answer: who gave it, and by which way it came.

import assert from "node:assert/strict";
import { test } from "node:test";
import { needsBrowser, openPanel, runOf } from "../support/browser.ts";

const ASK = [{
  id: "gate",
  type: "reasoning",
  config: { prompt_context: "Ship it?", options: [{ id: "yes" }, { id: "no" }] },
}];

test(
  "an answer of the panel says so, and the run's page shows by whom and how",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const id = await runOf(panel, "ship", ASK);
    const page = await panel.open("/decisions");
    await page.getByRole("button", { name: /^yes/ }).click();
    await page.getByText("Nobody waits for an answer.").waitFor();
    const { decisions } = await panel.api("GET", `/decisions?workflow_id=${id}`);
    assert.deepEqual([decisions[0].resolved_by, decisions[0].via], ["panel", "panel"]);
    await page.goto(`${panel.url}/workflows/${id}?tab=decisions`);
    const said = await page.getByText("answered by").textContent();
    assert.match(said!, /^answered by panel via panel /);
  },
);
