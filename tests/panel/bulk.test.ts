// Whether several runs are chosen and ended, or tried again, at once: counted first, and never one more.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { between } from "../../panel/parts/selection.ts";
import { seriousIn } from "../support/axe.ts";
import { needsBrowser, openPanel, type Panel, runOf } from "../support/browser.ts";

const WAIT = [{ id: "w", type: "wait", config: { signal: "go" } }];
const FAIL = [{ id: "check", action: "assert.equals", params: { expected: 1, actual: 2 } }];

const boxes = (page: Page) => page.getByRole("checkbox", { name: /^Choose (?!all)/ });
const bar = (page: Page) => page.getByRole("group", { name: "Selected runs" });
const dialog = (page: Page) => page.getByRole("dialog");

/** Starts so many more of them. */
async function start(panel: Panel, template_name: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await panel.api("POST", "/runs", { template_name, agent_id: "a" });
  }
}

async function total(panel: Panel, query: string): Promise<number> {
  return (await panel.api("GET", `/runs?${query}&total=true&limit=1`)).total;
}

test("what is between two rows of a list is so whichever was first, and is gone", () => {
  const shown = ["a", "b", "c", "d"];
  assert.deepEqual(between(shown, "b", "d"), ["b", "c", "d"]);
  assert.deepEqual(between(shown, "d", "b"), ["b", "c", "d"]);
  assert.deepEqual(between(shown, "x", "b"), ["b"]);
  assert.deepEqual(between(shown, undefined, "b"), ["b"]);
});

test(
  "with Shift all between two are chosen, the box at the head takes all, and none opens a run",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await runOf(panel, "waits", WAIT, { wait_ms: 0 });
    await start(panel, "waits", 5);
    const page = await panel.open("/workflows");
    await boxes(page).nth(5).waitFor();
    const chosen = () =>
      boxes(page).evaluateAll((all) =>
        all.map((one) => Number((one as HTMLInputElement).checked)).join("")
      );
    await boxes(page).nth(1).click();
    await boxes(page).nth(4).click({ modifiers: ["Shift"] });
    assert.equal(await chosen(), "011110");
    await bar(page).getByText("4 selected").waitFor();
    await boxes(page).nth(3).focus();
    await page.keyboard.press("Space");
    assert.equal(await chosen(), "011010");
    const head = page.getByRole("checkbox", { name: "Choose all that are shown" });
    assert.equal(await head.evaluate((one) => (one as HTMLInputElement).indeterminate), true);
    await head.click();
    assert.equal(await chosen(), "111111");
    assert.deepEqual(await seriousIn(page), []);
    await page.getByRole("button", { name: "Clear selection" }).click();
    await bar(page).waitFor({ state: "detached" });
    assert.equal(new URL(page.url()).pathname, "/workflows");
  },
);

test(
  "those that are chosen are counted, then cancelled with the reason, and no other one",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await runOf(panel, "fails", FAIL);
    await runOf(panel, "waits", WAIT, { wait_ms: 0 });
    await start(panel, "waits", 2);
    const page = await panel.open("/workflows");
    await boxes(page).nth(3).waitFor();
    // The newest is left out, the one that failed cannot be cancelled.
    for (const at of [1, 2, 3]) await boxes(page).nth(at).click();
    await page.getByRole("button", { name: "Cancel runs", exact: true }).click();
    await dialog(page).getByText("3 selected: 2 runs can be cancelled.").waitFor();
    await dialog(page).getByText("Not among them: 1 run").click();
    await dialog(page).getByText("it is failed").waitFor();
    assert.deepEqual(await seriousIn(page), []);
    await page.keyboard.press("Escape");
    await dialog(page).waitFor({ state: "detached" });
    assert.equal(await total(panel, "status=suspended"), 3);

    await page.getByRole("button", { name: "Cancel runs", exact: true }).click();
    await dialog(page).getByLabel("Why (kept in the log of each)").fill("not needed");
    await page.getByRole("button", { name: "Cancel 2 runs" }).click();
    await dialog(page).getByText("2 runs are cancelled.").waitFor();
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("row", { name: /waits.*cancelled/ }).nth(1).waitFor();
    assert.equal(await total(panel, "status=suspended"), 1);
    const { events } = await panel.api("GET", "/events?event_type=signal_received");
    assert.deepEqual(
      events.map((event: any) => [event.agent_id, event.payload.reasoning]),
      [["panel", "not needed"], ["panel", "not needed"]],
    );
    await bar(page).waitFor({ state: "detached" });
  },
);

test(
  "all that fit the filter are counted beyond the page, and what began later is not among them",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await runOf(panel, "others", WAIT, { wait_ms: 0 });
    await runOf(panel, "waits", WAIT, { wait_ms: 0 });
    await start(panel, "waits", 53);
    const page = await panel.open("/workflows?search=waits");
    await page.getByRole("checkbox", { name: "Choose all that are shown" }).click();
    await bar(page).getByText("50 selected").waitFor();
    await page.getByRole("button", { name: "Select all that match" }).click();
    await bar(page).getByText("All 54 that match").waitFor();
    await start(panel, "waits", 1);
    await page.getByRole("button", { name: "Cancel runs", exact: true }).click();
    await dialog(page).getByText("and 44 runs more").waitFor();
    // One of them ends before it is confirmed: with another number nothing is done.
    const { runs } = await panel.api("GET", "/runs?search=waits&limit=3");
    const one = runs[2];
    await panel.api("POST", `/runs/${one.id}/cancel`, {});
    await page.getByRole("button", { name: "Cancel 54 runs" }).click();
    await dialog(page).getByText(/Nothing was done: .*there are 53 such runs now, not 54/)
      .waitFor();
    assert.equal(await total(panel, "status=suspended&search=waits"), 54);
    await page.getByRole("button", { name: "Count again" }).click();
    await page.getByRole("button", { name: "Cancel 53 runs" }).click();
    await dialog(page).getByText("53 runs are cancelled.").waitFor();
    assert.equal(await total(panel, "status=suspended&search=waits"), 1);
    assert.equal(await total(panel, "status=suspended&search=others"), 1);
  },
);

test(
  "another box changed, or another filter, means those again that are shown",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await runOf(panel, "waits", WAIT, { wait_ms: 0 });
    await start(panel, "waits", 51);
    const page = await panel.open("/workflows");
    await boxes(page).first().click();
    await page.getByRole("button", { name: "Select all that match" }).click();
    await bar(page).getByText("All 52 that match").waitFor();
    await boxes(page).nth(1).click();
    await bar(page).getByText("2 selected").waitFor();
    await page.getByLabel("Status").selectOption("suspended");
    await page.waitForURL(/status=suspended/);
    await bar(page).waitFor({ state: "detached" });
    // What leaves the list is not chosen any more.
    await boxes(page).nth(1).waitFor();
    const { runs } = await panel.api("GET", "/runs?limit=2");
    await boxes(page).nth(0).click();
    await boxes(page).nth(1).click();
    await panel.api("POST", `/runs/${runs[0].id}/cancel`, {});
    await bar(page).getByText("1 selected").waitFor();
  },
);

test(
  "failed runs are tried again, and what is refused is told with why",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    // It fails of its output, not of a step.
    await panel.api("POST", "/templates", {
      ...{ name: "other", agent_id: "a" },
      output_schema: { type: "object", required: ["nothing"] },
      definition: { steps: [{ id: "a", action: "crypto.uuid" }] },
    });
    await panel.api("POST", "/runs", { template_name: "other", agent_id: "a", wait_ms: 5_000 });
    for (let i = 0; i < 2; i++) await runOf(panel, "fails", FAIL);
    const page = await panel.open("/workflows?status=failed");
    await page.getByRole("row", { name: /other/ }).waitFor();
    await page.getByRole("checkbox", { name: "Choose all that are shown" }).click();
    await page.getByRole("button", { name: "Retry runs", exact: true }).click();
    await page.getByRole("button", { name: "Retry 3 runs" }).click();
    await dialog(page).getByText("2 runs are tried again of 3.").waitFor();
    await dialog(page).getByText("Refused: 1").waitFor();
    await dialog(page).getByText(/it did not fail of a step/).waitFor();
  },
);

test(
  "on a phone the boxes and what is done with them are there without scrolling sideways",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await runOf(panel, "waits", WAIT, { wait_ms: 0 });
    const page = await panel.open("/workflows", { viewport: { width: 390, height: 844 } });
    await boxes(page).first().click();
    assert.ok(await page.evaluate("document.documentElement.scrollWidth") as number <= 390);
    await page.getByRole("button", { name: "Cancel runs", exact: true }).click();
    await page.getByRole("button", { name: "Cancel 1 run" }).click();
    await dialog(page).getByText("1 run is cancelled.").waitFor();
  },
);
