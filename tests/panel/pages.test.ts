// Whether each page shows what there is, with a script and without one, and nothing serious keeps anybody from it.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { seriousIn } from "../support/axe.ts";
import { needsBrowser, openPanel, type Panel, runOf } from "../support/browser.ts";

const ASK = {
  id: "approve",
  type: "reasoning",
  config: {
    prompt_context: "Ship release 1.4?",
    options: [{ id: "ship", description: "Publish now" }, { id: "hold" }],
  },
};

/** A daemon with something on each page, and what each page says of it. */
async function lived(t: TestContext): Promise<{ panel: Panel; says: Record<string, string[]> }> {
  const panel = await openPanel(t);
  const done = await runOf(panel, "sum-up", [{ id: "draw", action: "crypto.uuid" }]);
  const failed = await runOf(panel, "charge", [
    { id: "check", action: "assert.equals", params: { expected: 1, actual: 2 } },
  ]);
  const asks = await runOf(panel, "release", [ASK]);
  const { id: nightly } = await panel.api("POST", "/schedules", {
    ...{ name: "nightly", template_name: "sum-up", agent_id: "alpha", cron: "0 3 * * *" },
  });
  return {
    panel,
    says: {
      "/": [
        "Completed today",
        "1 failed",
        "Needs you",
        "Ship release 1.4?",
        "Publish now",
        "charge",
      ],
      "/workflows": ["sum-up", "charge", "release", "completed", "failed", "suspended"],
      "/workflows?status=failed": ["charge", "NON_RETRYABLE"],
      "/workflows?search=rel": ["release", "suspended"],
      [`/workflows/${done}`]: ["sum-up", "completed", "draw"],
      [`/workflows/${failed}`]: ["the values are not equal", "ASSERTION_FAILED", "check"],
      [`/workflows/${asks}`]: ["Ship release 1.4?", "hold"],
      [`/workflows/${done}?tab=events`]: ["workflow_completed", "step_started"],
      [`/workflows/${failed}?tab=timeline`]: ["check", "0 ms"],
      "/templates": ["sum-up", "v1"],
      "/templates/charge?tab=definition": ["assert.equals"],
      "/decisions": ["Ship release 1.4?", "Publish now"],
      "/scheduler": ["nightly", "0 3 * * *", "UTC"],
      "/events": ["workflow_started"],
      "/agents": ["alpha", "llm"],
      "/scheduler/new": ["Template", "charge", "Params of each run"],
      [`/scheduler/${nightly}`]: ["Runs by the clock", "In UTC", "None of its times has come yet"],
      [`/scheduler/${nightly}?tab=change`]: ["Time zone", "Params of each run"],
      [`/scheduler/${nightly}?tab=backfill`]: ["From (UTC)", "Preview"],
      "/templates/sum-up": ["Success", "100 %", "Started by"],
      "/templates/sum-up?tab=run": ["Params", "Run v1"],
      "/templates/sum-up?tab=started": ["nightly", "no delivery starts it"],
      "/templates/sum-up?tab=compare": ["There is no other version"],
      "/define": ["Name", "Agent"],
      "/secrets": ["Values are never shown", "No secret is set."],
      "/settings": ["Health", "listen_addr", "--listen-addr", "4 MiB", "from 1 KiB to 256 MiB"],
      "/settings?tab=agents": ["opcode agent-token"],
      "/settings?tab=log&level=debug": ["From this level on"],
    },
  };
}

const textOf = (page: Page) => page.locator("#panel").innerText();

test("each page shows what there is, and axe finds nothing serious", needsBrowser, async (t) => {
  const { panel, says } = await lived(t);
  for await (const { page, path, texts } of eachPage(panel, says, { colorScheme: "light" })) {
    const text = await textOf(page);
    for (const wanted of texts) assert.ok(text.includes(wanted), `${path}: ${wanted}\n${text}`);
    assert.deepEqual(await seriousIn(page), [], `${path} light`);
    // All but the colours is the same in the dark.
    await page.evaluate("document.documentElement.dataset.theme = 'dark'");
    assert.deepEqual(await seriousIn(page, ["color-contrast"]), [], `${path} dark`);
  }
});

/** Goes from page to page in one window, with a new document for each. */
async function* eachPage(
  panel: Panel,
  says: Record<string, string[]>,
  options: BrowserContextOptions,
) {
  const page = await panel.open("/", options);
  for (const [path, texts] of Object.entries(says)) {
    await page.goto(panel.url + path);
    if (options.javaScriptEnabled !== false) await page.waitForSelector("html[data-ready]");
    yield { page, path, texts };
  }
}

test("without a script each page reads well", needsBrowser, async (t) => {
  const { panel, says } = await lived(t);
  const plain = { javaScriptEnabled: false };
  for await (const { page, path, texts } of eachPage(panel, says, plain)) {
    const text = await textOf(page);
    for (const wanted of texts) assert.ok(text.includes(wanted), `${path}: ${wanted}\n${text}`);
  }
});

test("an empty daemon says so on each page", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  const says = {
    "/": "Define and run",
    "/workflows": "Nothing has run yet. Run a template",
    "/templates": "No workflow is defined yet.",
    "/decisions": "Nobody waits for an answer. A step of the type reasoning",
    "/scheduler": "Nothing runs by the clock.",
    "/events": "Nothing has happened yet. What becomes of runs",
    "/agents": "No agent has connected yet. Whoever defines or runs a workflow",
    "/secrets": "No secret is set.",
    "/settings": "listen_addr",
    "/scheduler/new": "There is no template yet",
  };
  const page = await panel.open("/");
  for (const [path, wanted] of Object.entries(says)) {
    await page.goto(panel.url + path);
    assert.ok((await textOf(page)).includes(wanted), `${path}: ${await textOf(page)}`);
  }
});

test("on a phone no page scrolls sideways", needsBrowser, async (t) => {
  const { panel, says } = await lived(t);
  const phone = { viewport: { width: 390, height: 844 } };
  for await (const { page, path } of eachPage(panel, says, phone)) {
    const width = await page.evaluate("document.documentElement.scrollWidth");
    assert.ok(width as number <= 390, `${path}: ${width}`);
  }
});

test("what is not there is said, with a way on", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  for (const path of ["/workflows/0190", "/templates/none"]) {
    const page = await panel.open(path);
    assert.match(await textOf(page), /Not found[^]*NOT_FOUND[^]*Go to the dashboard/);
  }
});
