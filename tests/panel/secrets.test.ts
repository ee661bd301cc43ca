// Whether secrets are set and deleted in the panel without ever being shown, and settings, log and look are as they are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keptLog, needsBrowser, openPanel, runOf } from "../support/browser.ts";

const VALUE = "s3cret-<img src=x onerror=alert(1)>";

test(
  "a secret is set and deleted by keyboard, and its value stands nowhere",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t, { vaultKey: `hex:${"ab".repeat(32)}` });
    await panel.api("POST", "/templates", {
      ...{ name: "uses-it", agent_id: "alpha" },
      definition: {
        steps: [{
          ...{ id: "call", action: "http.get" },
          params: { url: "http://127.0.0.1:9/", headers: { a: "${{secrets.API_TOKEN}}" } },
        }],
      },
    });
    const page = await panel.open("/secrets");
    assert.match(
      await page.locator("#main").innerText(),
      /Missing: used by templates, but not set\s+API_TOKEN\s+uses-it/,
    );
    await page.getByLabel("Name").fill("-rf");
    await page.getByLabel("Value").fill(VALUE);
    await page.keyboard.press("Enter");
    await page.locator("#secret-name-fault").getByText(/must be 1–128/).waitFor();
    await page.getByLabel("Name").fill("API_TOKEN");
    await page.getByLabel("Value").focus();
    await page.keyboard.press("Enter");
    const row = page.getByRole("row", { name: /API_TOKEN.*uses-it/ });
    await row.waitFor();
    assert.equal(await page.getByLabel("Value").inputValue(), "");
    await page.reload();
    await page.waitForSelector("html[data-ready]");
    assert.ok(!(await page.content()).includes("s3cret"));
    await row.getByRole("button", { name: "Delete: API_TOKEN" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Delete the secret" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("No secret is set.").waitFor();
  },
);

test("a locked vault says so, and takes its key", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  const page = await panel.open("/secrets");
  await page.getByLabel(/key/).fill("short");
  await page.getByRole("button", { name: "Set the key" }).click();
  await page.locator("#vault-key-fault").waitFor();
  await page.getByLabel(/key/).fill(`hex:${"cd".repeat(32)}`);
  await page.getByRole("button", { name: "Set the key" }).click();
  await page.getByRole("button", { name: "Set", exact: true }).waitFor();
});

test("the log goes on while it is looked at", needsBrowser, async (t) => {
  const panel = await openPanel(t, keptLog());
  const page = await panel.open("/settings?tab=log");
  await page.getByLabel("Log", { exact: true }).getByText("listening").waitFor();
  const say = [{ id: "say", action: "workflow.log", params: { message: "<b>said</b> meanwhile" } }];
  await runOf(panel, "speaks", say);
  await page.getByText("<b>said</b> meanwhile").waitFor();
});

test("a look that was chosen stays, and ? tells the keys", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  const page = await panel.open("/settings", { colorScheme: "light" });
  const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
  const light = await ground();
  await page.getByLabel("Theme").selectOption("dark");
  const dark = await ground();
  assert.notEqual(dark, light);
  await page.goto(`${panel.url}/agents`);
  assert.equal(await ground(), dark);
  await page.waitForSelector("html[data-ready]");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).getByText("Scheduler").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.getByLabel("Theme").selectOption("system");
  assert.equal(await ground(), light);
});

test("who has signed in can sign out", needsBrowser, async (t) => {
  const panel = await openPanel(t, { settings: { auth_token: "s3cret-token" } });
  const page = await panel.open("/settings");
  await page.getByLabel(/token of this daemon/).fill("s3cret-token");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel(/token of this daemon/).waitFor();
  assert.ok(!(await page.content()).includes("s3cret"));
});
