// Whether the page of a link can be used by whoever opens it: by keyboard, on a phone, in both looks, whatever is asked.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { seriousIn } from "../support/axe.ts";
import { needsBrowser, openPanel, type Panel, runOf } from "../support/browser.ts";

const BASE = "https://decide.example/opcode";
const MARKUP = `<img src=x onerror="document.title='owned'">"'</script>\u202etxet`;
/** Where pictures go for whoever wants to look at them. */
const SHOTS = process.env.LINK_SHOTS;

const ask = (config: object) => [{ id: "gate", type: "reasoning", config }];
const RELEASE = ask({
  prompt_context: "Ship release 1.4?\n\nAll 212 checks are green; two known issues stay open.",
  data_inject: { changes: `"14 commits"`, build: `{"id": 4711, "size": 26214400}` },
  options: [
    { id: "ship", description: "Publish now, and tell everybody on the list" },
    { id: "hold", description: "Ask again tomorrow" },
    { id: "drop" },
  ],
  timeout: "20h",
  fallback: "hold",
});

/** Runs the steps; answers with the path of a link to what they ask, and the decision's id. */
async function linkTo(panel: Panel, steps: unknown[]): Promise<{ path: string; id: string }> {
  const run = await runOf(panel, "review-release", steps);
  const { decisions } = await panel.api("GET", `/decisions?workflow_id=${run}`);
  const id = decisions[0].decision_id;
  const { url } = await panel.api("POST", `/decisions/${id}/link`, {});
  return { path: url.slice(BASE.length), id };
}

const withLinks = (t: TestContext) => openPanel(t, { settings: { base_url: BASE } });

/** No script of ours runs there, so nothing says that it is ready. */
async function open(
  panel: Panel,
  path: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  return await panel.open(path, { ...options, javaScriptEnabled: false });
}

async function shot(page: Page, name: string): Promise<void> {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}

test(
  "by keyboard alone, without a script: a reason, an option, and what came of it",
  needsBrowser,
  async (t) => {
    const panel = await withLinks(t);
    const { path, id } = await linkTo(panel, RELEASE);
    const page = await open(panel, path);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.type("fine");
    await page.keyboard.press("Enter");
    assert.equal(
      (await panel.api("GET", `/decisions/${id}`)).status,
      "pending",
      "Enter is a new line",
    );
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Your answer is taken" }).waitFor();
    const { resolution, via } = await panel.api("GET", `/decisions/${id}`);
    assert.deepEqual(resolution, { choice: "hold", reasoning: "fine\n", resolved_by: "link" });
    assert.equal(via, "link");
    await shot(page, "answered");
    await page.goto(panel.url + path);
    await page.getByRole("heading", { name: "It has been answered already" }).waitFor();
  },
);

test(
  "two browsers with one link: the second is told what the first has answered",
  needsBrowser,
  async (t) => {
    const panel = await withLinks(t);
    const { path } = await linkTo(panel, RELEASE);
    const [one, two] = [await open(panel, path), await open(panel, path)];
    await one.getByRole("button", { name: /^ship/ }).click();
    await one.getByRole("heading", { name: "Your answer is taken" }).waitFor();
    await two.getByRole("button", { name: /^drop/ }).click();
    await two.getByRole("heading", { name: "It has been answered already" }).waitFor();
    assert.match(await two.locator("main").innerText(), /ship\s+Answered by link, via link/);
  },
);

test("a wrong answer keeps what was written, and says beside it why", needsBrowser, async (t) => {
  const panel = await withLinks(t);
  const { path, id } = await linkTo(panel, ask({ prompt_context: "Which city?" }));
  const page = await open(panel, path, { viewport: { width: 360, height: 740 } });
  await page.getByRole("textbox", { name: "Your answer" }).fill("Ulm");
  await page.getByText("Add a reason or data").click();
  await page.getByRole("textbox", { name: /^Data/ }).fill("{oops");
  await page.getByRole("button", { name: "Answer" }).click();
  await page.getByRole("alert").waitFor();
  assert.match(await page.getByRole("alert").innerText(), /^Data: /);
  assert.equal(await page.getByRole("textbox", { name: "Your answer" }).inputValue(), "Ulm");
  await shot(page, "refused-phone");
  await page.getByRole("textbox", { name: /^Data/ }).fill('{"zip": "89073"}');
  await page.getByRole("button", { name: "Answer" }).click();
  await page.getByRole("heading", { name: "Your answer is taken" }).waitFor();
  const { resolution } = await panel.api("GET", `/decisions/${id}`);
  assert.deepEqual(resolution, { choice: "Ulm", data: { zip: "89073" }, resolved_by: "link" });
});

test(
  "hostile texts stay text, and are shown on a phone without scrolling sideways",
  needsBrowser,
  async (t) => {
    const panel = await withLinks(t);
    const { path, id } = await linkTo(panel, [{
      id: MARKUP.replaceAll(".", ""),
      type: "reasoning",
      config: {
        prompt_context: `${MARKUP} ${"x".repeat(300)}`,
        data_inject: { [MARKUP]: `"${"y".repeat(5_000)}"` },
        options: [
          { id: MARKUP, description: MARKUP },
          { id: "a\nb\r\nc", description: "z".repeat(400) },
          ...Array.from({ length: 98 }, (_, i) => ({ id: `option ${i}` })),
        ],
      },
    }]);
    // With scripts, which the page's policy is to keep from running.
    const page = await panel.open("/", { viewport: { width: 360, height: 740 } });
    await page.goto(panel.url + path);
    assert.notEqual(await page.title(), "owned");
    assert.equal(await page.locator("img, script").count(), 0);
    assert.match(await page.locator("main").innerText(), /1000 more characters are not shown here/);
    const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    assert.ok(Number(overflow) <= 0, `${overflow} px beyond the phone's edge`);
    const heights = await page.locator("button").evaluateAll((all) =>
      all.map((one) => one.getBoundingClientRect().height)
    );
    assert.ok(Math.min(...heights) >= 44, "large enough for a thumb");
    await page.getByRole("button", { name: /^a b c/ }).click();
    await page.getByRole("heading", { name: "Your answer is taken" }).waitFor();
    assert.equal((await panel.api("GET", `/decisions/${id}`)).resolution.choice, "a\nb\r\nc");
  },
);

test(
  "axe finds nothing serious in either look, whatever the page says",
  needsBrowser,
  async (t) => {
    const panel = await withLinks(t);
    const { path } = await linkTo(panel, RELEASE);
    const { path: free } = await linkTo(panel, ask({ prompt_context: "Why?" }));
    const { path: over, id } = await linkTo(panel, RELEASE);
    await panel.api("POST", `/decisions/${id}/resolve`, { choice: "drop", agent_id: "ann" });
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await panel.open("/", { colorScheme, bypassCSP: true });
      for (const [name, at] of Object.entries({ ask: path, free, over, invalid: "/decide/x" })) {
        await page.goto(panel.url + at);
        assert.deepEqual(await seriousIn(page), [], `${name} ${colorScheme}`);
        await shot(page, `${name}-${colorScheme}`);
      }
    }
    const phone = await open(panel, path, { viewport: { width: 390, height: 844 } });
    await shot(phone, "ask-phone");
  },
);

test(
  "the panel's button makes a link and shows it; without base_url it says why not",
  needsBrowser,
  async (t) => {
    const panel = await withLinks(t);
    await runOf(panel, "review-release", RELEASE);
    const page = await panel.open("/decisions");
    await page.getByRole("button", { name: "Copy link to the question of gate" }).click();
    const link = page.getByRole("textbox", { name: "The link" });
    await link.waitFor();
    assert.match(await link.inputValue(), /^https:\/\/decide\.example\/opcode\/decide\/[\w-]+$/);
    assert.match(
      await page.getByRole("article").innerText(),
      /Whoever has it can answer, once, as the agent link/,
    );
    await shot(page, "panel");
    const made = new URL(await link.inputValue()).pathname.slice("/opcode".length);
    assert.equal((await fetch(panel.url + made)).status, 200);
    await page.getByRole("button", { name: "Take links back: gate" }).click();
    await page.getByRole("button", { name: "Take them back" }).click();
    await link.waitFor({ state: "detached" });
    const after = await (await fetch(panel.url + made)).text();
    assert.match(after, /This link was taken back/);
    const own = await openPanel(t);
    await runOf(own, "review-release", RELEASE);
    const other = await own.open("/decisions");
    await other.getByRole("button", { name: "Copy link to the question of gate" }).click();
    await other.getByText(/^base_url: is not set/).waitFor();
  },
);
