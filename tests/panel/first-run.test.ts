// Whether a daemon that has run nothing helps to begin: examples that run, and what each client needs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clientsOf, EXAMPLES } from "../../panel/first-run.ts";
import { needsBrowser, openPanel } from "../support/browser.ts";

test("each client's configuration has the address, and a place for the token where one is needed", () => {
  const url = "http://127.0.0.1:4100";
  assert.deepEqual(
    clientsOf(url, false).map(({ id }) => id),
    ["claude-code", "cursor", "vs-code", "opencode", "codex", "gemini"],
  );
  for (const needsToken of [false, true]) {
    for (const { id, text, file } of clientsOf(url, needsToken)) {
      assert.ok(text.includes(`"${url}/mcp"`), id);
      assert.equal(/Bearer|bearer/.test(text), needsToken, id);
      if (file.endsWith(".toml")) assert.match(text, /^\[mcp_servers\.opcode\]\nurl = /);
      else JSON.parse(text);
    }
  }
});

test(
  "an example is defined and run with one click, and then the first page is another",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const context = { permissions: ["clipboard-read", "clipboard-write"] };
    const page = await panel.open("/", context);
    await page.getByText("Gemini CLI").click();
    await page.getByRole("button", { name: "Copy: the configuration of Gemini CLI" }).click();
    await page.getByRole("button", { name: "Copied: the configuration of Gemini CLI" }).waitFor();
    const copied = JSON.parse(await page.evaluate("navigator.clipboard.readText()") as string);
    assert.equal(copied.mcpServers.opcode.httpUrl, `${panel.url}/mcp`);

    await page.getByRole("button", { name: "Define and run: Steps side by side" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/workflows/*");
    await page.locator(".facts").getByText("completed").waitFor();
    await page.goto(panel.url);
    await page.getByText("Nothing waits for you.").waitFor();
  },
);

test("each example is sound, and asks for nothing", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  const became: Record<string, string> = {};
  for (const { title: _, ...template } of EXAMPLES) {
    const { warnings } = await panel.api("POST", "/templates", { ...template, agent_id: "panel" });
    assert.equal(warnings, undefined, template.name);
    const run = { template_name: template.name, agent_id: "panel", wait_ms: 3_000 };
    became[template.name] = (await panel.api("POST", "/runs", run)).status;
  }
  assert.deepEqual(became, {
    "example-side-by-side": "completed",
    "example-decision": "suspended",
    "example-loop": "active",
  });
});
