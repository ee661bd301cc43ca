// Whether a run that needs somebody says what was kept of it, and offers each thing that helps, with what it does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { seriousIn } from "../support/axe.ts";
import { needsBrowser, openPanel, runOf } from "../support/browser.ts";

const check = (id: string, depends_on: string[] = []) => ({
  ...{ id, action: "assert.equals", depends_on, params: { expected: 1, actual: 2 } },
});
const draw = (id: string, depends_on: string[] = []) => ({ id, action: "crypto.uuid", depends_on });
const STEPS = [draw("first"), check("check", ["first"]), draw("last", ["check"])];

test(
  "a run that failed tells what was kept, and is tried again or goes on without the step",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const id = await runOf(panel, "charge", STEPS);
    const page = await panel.open(`/workflows/${id}`);
    const box = page.locator("section.error").first();
    await box.getByText("Kept: what 1 step completed; 1 step not reached.").waitFor();
    assert.deepEqual(await seriousIn(page), []);
    const steps = page.getByRole("table", { name: "Steps" });
    await steps.getByRole("row", { name: /last/ }).getByText("not reached").waitFor();
    // The picture has the same word for it, and others for the rest: no colour says it alone.
    const picture = await page.locator(".graph svg").textContent();
    for (const word of ["completed", "failed", "not reached"]) assert.ok(picture!.includes(word));
    assert.match((await box.getByRole("link").getAttribute("href"))!, /tab=fork$/);

    await box.getByRole("button", { name: "Retry check" }).click();
    await page.getByText("check runs again").waitFor();
    await box.getByText("1 step not reached.").waitFor();
    await box.getByRole("button", { name: "Skip check" }).click();
    const asks = page.getByRole("dialog", { name: "Skip this step?" }).first();
    await asks.getByRole("button", { name: "Back" }).click();
    assert.equal((await panel.api("GET", `/runs/${id}`)).status, "failed");
    await box.getByRole("button", { name: "Skip check" }).click();
    await asks.getByRole("button", { name: "Skip the step" }).click();
    await page.locator(".facts").getByText("completed").waitFor();
    assert.equal((await panel.api("GET", `/runs/${id}`)).steps.check.status, "skipped");
  },
);

test("a run that failed of no step offers another run alone", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  await panel.api("POST", "/templates", {
    ...{ name: "other", agent_id: "a", definition: { steps: [draw("first")] } },
    output_schema: { type: "object", required: ["nothing"] },
  });
  const run = { template_name: "other", agent_id: "a", wait_ms: 5_000 };
  const { workflow_id: id } = await panel.api("POST", "/runs", run);
  const page = await panel.open(`/workflows/${id}`);
  const box = page.locator("section.error").first();
  await box.getByText("Kept: what 1 step completed.").waitFor();
  await box.getByRole("link", { name: "Go on from a step" }).waitFor();
  assert.equal(await box.getByRole("button").count(), 0);
  await page.getByRole("link", { name: "Output" }).click();
  await page.getByText("It ended without an output.").waitFor();
});

test(
  "a run that the daemon's end has cut short names its steps, to be tried again or passed over",
  needsBrowser,
  async (t) => {
    const first = await openPanel(t);
    const sleep = (id: string) => ({
      ...{ id, action: "shell.exec" },
      params: { command: "sleep", args: ["60"] },
    });
    const id = await runOf(first, "sleeps", [sleep("one"), sleep("two")], { wait_ms: 0 });
    const begun = async () => {
      const { steps } = await first.api("GET", `/runs/${id}`);
      return Object.values(steps).every((step: any) => step.status === "running");
    };
    while (!await begun());
    await first.close();
    const panel = await openPanel(t, { home: first.home });
    const page = await panel.open(`/workflows/${id}`);
    const box = page.getByRole("region", { name: "Interrupted" });
    await box.getByText("whether they had their effect is not known").waitFor();
    await box.getByRole("button", { name: "Retry all 2" }).waitFor();
    // Neither is at work any more.
    const steps = page.getByRole("table", { name: "Steps" });
    assert.equal(await steps.getByText("interrupted", { exact: true }).count(), 2);
    assert.deepEqual(await seriousIn(page), []);
    for (const step of ["one", "two"]) {
      await box.getByRole("button", { name: `Skip: ${step}` }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Skip the step" }).click();
      await box.getByRole("button", { name: `Skip: ${step}` }).waitFor({ state: "detached" });
    }
    await page.locator(".facts").getByText("completed").waitFor();
  },
);

test("a question is passed over only once that is confirmed", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  const id = await runOf(panel, "asks", [
    {
      ...{ id: "gate", type: "reasoning" },
      config: { prompt_context: "Go on?", options: [{ id: "yes" }, { id: "no" }] },
    },
  ]);
  const phone = { viewport: { width: 390, height: 844 } };
  const page = await panel.open("/decisions", phone);
  const skip = page.getByRole("button", { name: "Skip this step: gate" });
  const answer = page.getByRole("button", { name: /^no/ });
  const [from, to] = [(await answer.boundingBox())!, (await skip.boundingBox())!];
  assert.ok(to.y >= from.y + from.height + 24, "a slip of the thumb does not reach it");
  await skip.click();
  await page.getByRole("dialog").getByRole("button", { name: "Back" }).click();
  assert.equal((await panel.api("GET", "/decisions?status=pending")).decisions.length, 1);
  await skip.click();
  await page.getByRole("dialog").getByRole("button", { name: "Skip the step" }).click();
  await page.getByText("Nobody waits for an answer.").waitFor();
  assert.equal((await panel.api("GET", `/runs/${id}`)).steps.gate.status, "skipped");
});
