// Whether an open page goes on by itself: with runs, with what somebody does, over a restart of the daemon.

import assert from "node:assert/strict";
import { test } from "node:test";
import { needsBrowser, openPanel, runOf } from "../support/browser.ts";

const WAIT = [{ id: "rest", type: "wait", config: { duration: "1h" } }];
const ASK = [{
  id: "approve",
  type: "reasoning",
  config: { prompt_context: "Go on?", options: [{ id: "yes" }, { id: "no" }] },
}];

test(
  "a list shows runs that begin and end while it is open, and is not loaded anew",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const page = await panel.open("/workflows");
    await page.evaluate("window.stays = true");
    await page.getByText("live", { exact: true }).waitFor();
    await runOf(panel, "first", [{ id: "a", action: "crypto.uuid" }]);
    await page.getByRole("link", { name: "first", exact: true }).waitFor();
    await page.getByRole("row", { name: /first.*completed/ }).waitFor();
    assert.equal(await page.evaluate("window.stays"), true);
  },
);

test(
  "a question is answered with a click, and the page shows what came of it",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const id = await runOf(panel, "asks", ASK);
    const page = await panel.open(`/workflows/${id}`);
    await page.getByLabel("Why (kept with the answer)").fill("it looks good");
    await page.getByRole("button", { name: /^yes/ }).click();
    await page.locator(".facts").getByText("completed").waitFor();
    const { events } = await panel.api(
      "GET",
      `/events?workflow_id=${id}&event_type=signal_received`,
    );
    assert.deepEqual(
      [events[0].payload.payload, events[0].payload.reasoning, events[0].agent_id],
      [{ choice: "yes" }, "it looks good", "panel"],
    );
  },
);

test("of two tabs one answers, and the other is told", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  await runOf(panel, "asks", ASK);
  const [one, two] = [await panel.open("/decisions"), await panel.open("/decisions")];
  // The second one hears of nothing meanwhile.
  await two.route("**/api/v1/events/stream*", (route) => route.abort());
  await two.reload();
  await two.waitForSelector("html[data-ready]");
  await one.getByRole("button", { name: /^yes/ }).click();
  await one.getByText("Nobody waits for an answer.").waitFor();
  await two.getByRole("button", { name: /^no/ }).click();
  await two.locator(".notice.bad").waitFor();
  assert.match(await two.locator(".notice").innerText(), /completed|decided|resolved/);
});

test(
  "by keyboard alone: to the decisions, the answer, and a run that is cancelled",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await runOf(panel, "asks", ASK);
    const waits = await runOf(panel, "waits", WAIT);
    const page = await panel.open("/workflows");
    await page.keyboard.press("g");
    await page.keyboard.press("q");
    await page.getByText("Go on?").waitFor();
    await page.getByText("1 … 2 go to an answer, Enter gives it.").waitFor();
    const focused = () => page.evaluate("document.activeElement.innerText") as Promise<string>;
    await page.keyboard.press("1");
    assert.match(await focused(), /^yes/);
    // However often: a digit gives no answer.
    await page.keyboard.press("2");
    await page.keyboard.press("2");
    assert.match(await focused(), /^no/);
    assert.equal((await panel.api("GET", "/decisions?status=pending")).decisions.length, 1);
    await page.keyboard.press("Enter");
    await page.getByText("Nobody waits for an answer.").waitFor();
    const { decisions: [decided] } = await panel.api("GET", "/decisions");
    assert.equal(decided.resolution.choice, "no");
    await page.goto(`${panel.url}/workflows/${waits}`);
    await page.waitForSelector("html[data-ready]");
    await page.getByRole("button", { name: "Cancel", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Cancel the run" }).focus();
    await page.keyboard.press("Enter");
    await page.locator(".facts").getByText("cancelled").waitFor();
  },
);

test(
  "links, the browser's back and filters change the page without a new document",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await runOf(panel, "first", [{ id: "a", action: "crypto.uuid" }]);
    await runOf(panel, "waits", WAIT);
    const page = await panel.open("/workflows");
    await page.evaluate("window.stays = true");
    await page.getByRole("link", { name: "first", exact: true }).first().click();
    await page.getByRole("heading", { name: "first" }).waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Workflows" }).waitFor();
    await page.getByLabel("Status").selectOption("suspended");
    await page.getByRole("row", { name: /first/ }).waitFor({ state: "detached" });
    assert.equal(new URL(page.url()).search, "?status=suspended");
    assert.equal(await page.evaluate("window.stays"), true);
  },
);

test(
  "a page says that the daemon is gone, keeps what it shows, and catches up",
  needsBrowser,
  async (t) => {
    const first = await openPanel(t);
    const port = new URL(first.url).port;
    await runOf(first, "before", [{ id: "a", action: "crypto.uuid" }]);
    const page = await first.open("/workflows");
    await page.getByText("live", { exact: true }).waitFor();
    await first.close();
    await page.getByText(/The daemon does not answer/).waitFor();
    await page.getByRole("link", { name: "before", exact: true }).waitFor();
    const settings = { listen_addr: `127.0.0.1:${port}` };
    const second = await openPanel(t, { home: first.home, settings });
    await runOf(second, "after", [{ id: "a", action: "crypto.uuid" }]);
    await page.getByRole("link", { name: "after", exact: true }).waitFor();
    await page.getByText("live", { exact: true }).waitFor();
  },
);

test(
  "a page of what no event tells of says how often it is read, and is",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const page = await panel.open("/");
    await page.clock.install();
    await page.goto(`${panel.url}/templates`);
    await page.waitForSelector("html[data-ready]");
    await page.getByText("updated every 15 s").waitFor();
    await panel.api("POST", "/templates", {
      ...{ name: "made-elsewhere", agent_id: "alpha" },
      definition: { steps: [{ id: "a", action: "crypto.uuid" }] },
    });
    await page.clock.fastForward(16_000);
    await page.getByRole("link", { name: "made-elsewhere", exact: true }).waitFor();
    for (const path of ["/settings", "/secrets"]) {
      await page.goto(panel.url + path);
      await page.getByText("updated every 15 s").waitFor();
    }
    await page.goto(`${panel.url}/agents`);
    await page.getByText("live", { exact: true }).waitFor();
    await page.goto(`${panel.url}/templates`);
    await page.getByText("updated every 15 s").waitFor();
    await panel.close();
    await page.clock.fastForward(16_000);
    await page.getByText(/Reconnecting/).waitFor();
  },
);

test(
  "data that a run waits for is sent from its page, and what is no object is said",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const id = await runOf(panel, "waits-for-news", [
      { id: "news", type: "wait", config: { signal: "arrived" } },
    ]);
    const page = await panel.open(`/workflows/${id}`);
    const form = page.getByRole("form", { name: "Send arrived" });
    await form.getByRole("textbox").fill("[1]");
    await form.getByRole("button", { name: "Send" }).click();
    await form.getByText("must be a JSON object").waitFor();
    await form.getByRole("textbox").fill('{"parcels": 3}');
    await form.getByRole("button", { name: "Send" }).click();
    await page.locator(".facts").getByText("completed").waitFor();
    const { steps } = await panel.api("GET", `/runs/${id}`);
    assert.equal(steps.news.output.payload.parcels, 3);
  },
);

test("another run goes on from a step with other params", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  const id = await runOf(panel, "greets", [
    { id: "first", action: "crypto.uuid" },
    {
      id: "second",
      action: "expr.eval",
      params: { expression: "inputs.name" },
      depends_on: ["first"],
    },
  ], { params: { name: "Ada" } });
  const page = await panel.open(`/workflows/${id}?tab=fork`);
  const form = page.getByRole("form", { name: "Go on from a step" });
  await form.getByLabel("From the step").selectOption("second");
  await form.getByLabel("Other params").fill("nothing");
  await form.getByRole("button", { name: "Go on from there" }).click();
  await form.getByText("must be a JSON object").waitFor();
  await form.getByLabel("Other params").fill('{"name": "Grace"}');
  await form.getByRole("button", { name: "Go on from there" }).click();
  await page.locator(".facts").getByText("Goes on from").waitFor();
  await page.locator(".facts").getByText("completed").waitFor();
  const made = await panel.api("GET", `/runs/${page.url().split("/").at(-1)}`);
  assert.deepEqual(
    [made.steps.second.output.result, made.forked_from.step_id],
    ["Grace", "second"],
  );
});
