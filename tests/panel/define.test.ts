// Whether a template can be written in the panel, with what is wrong at its line, and seen before it is stored.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { needsBrowser, openPanel } from "../support/browser.ts";

const LARGE = "12345678901234567890";

/** Puts the whole text in place of what is there. */
async function write(page: Page, text: string): Promise<void> {
  await page.locator(".cm-content").click();
  await page.keyboard.press("ControlOrMeta+a");
  // Not typed: brackets would close by themselves.
  await page.keyboard.insertText(text);
}

const lines = (...steps: string[]) =>
  ["{", `  "definition": {`, `    "steps": [`, ...steps, "    ]", "  }", "}"].join("\n");

test(
  "faults stand at their lines, the picture follows, and what is stored is what is written",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const page = await panel.open("/templates");
    await page.getByRole("link", { name: "New template" }).click();
    await page.locator(".cm-content").waitFor();
    await page.getByLabel("Name").fill("made-here");
    await page.getByRole("button", { name: "Save as v1" }).waitFor();
    await page.locator(".graph svg").getByText("greet").first().waitFor();

    await write(
      page,
      lines(
        `      {"id": "a", "action": "crypto.uuid", "depend_on": []},`,
        `      {"id": "b", "action": "crypto.uuuid"}`,
      ),
    );
    await page.getByRole("status").getByText(/faults: nothing can be saved yet/).waitFor();
    const faults = await page.getByLabel("Faults and warnings").innerText();
    assert.match(faults, /line 4\s+error .*depend_on[^]*line 5\s+error .*crypto\.uuuid/);
    assert.ok(await page.locator(".cm-lintRange-error").count() > 0);
    assert.ok(await page.getByRole("button", { name: "Save" }).isDisabled());
    await write(page, `{ "definition": { "steps": [ } }`);
    await page.getByText("One fault: nothing can be saved yet.").waitFor();

    await write(
      page,
      lines(
        `      {"id": "only", "action": "expr.eval", "params": {"expression": "1", "data": {"n": ${LARGE}}}}`,
      ),
    );
    await page.locator(".graph svg").getByText("only").first().waitFor();
    await page.getByRole("button", { name: "Save as v1" }).click();
    await page.getByRole("heading", { name: "made-here" }).waitFor();
    await page.getByRole("link", { name: "Definition" }).click();
    await page.locator("pre.source").getByText(LARGE).waitFor();
  },
);

test(
  "an edit shows its changes first, versions stand side by side, and one that was overtaken is told",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const store = (action: string, params: object = {}) =>
      panel.api("POST", "/templates", {
        ...{ name: "w", agent_id: "alpha" },
        definition: { steps: [{ id: "a", action, params }] },
      });
    await store("crypto.uuid");
    const page = await panel.open("/templates/w");
    await page.getByRole("link", { name: "Edit" }).click();
    await page.getByText("Same as v1.").waitFor();
    await write(
      page,
      lines(
        `      {"id": "a", "action": "crypto.uuid"},`,
        `      {"id": "<img src=x onerror=alert(1)>", "action": "crypto.uuid"}`,
      ),
    );
    const changes = page.getByRole("region", { name: "Changes" });
    await changes.getByText("+ <img src=x onerror=alert(1)>").waitFor();
    await store("workflow.log", { message: "overtakes" });
    await page.keyboard.insertText(" ");
    await page.getByText("This began as v1, and the latest is v2").waitFor();
    await page.getByRole("button", { name: "Save as v3" }).click();
    await page.getByRole("heading", { name: "w", exact: true }).waitFor();
    await page.getByRole("link", { name: "Compare" }).click();
    await page.getByRole("region", { name: "v2 beside v3" }).getByText(`"workflow.log"`)
      .waitFor();
    await page.getByRole("link", { name: "v1", exact: true }).last().click();
    await page.getByRole("region", { name: "v1 beside v3" }).waitFor();
  },
);

test(
  "members and values are offered by the schema, and by the action of the step",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const page = await panel.open("/define");
    await page.locator(".cm-content").waitFor();
    const offered = page.locator(".cm-tooltip-autocomplete");
    const at = async (text: string, keys: string) => {
      await write(page, text);
      for (let i = 0; i < 40 && !(await before(page)).endsWith("|"); i++) {
        await page.keyboard.press("ArrowLeft");
      }
      await page.keyboard.press("Backspace");
      await page.keyboard.type(keys);
    };
    await at(lines(`      {"id": "a", |}`), `"dep`);
    await offered.getByText(`"depends_on"`).click();
    assert.match(await textOf(page), /"depends_on": \[\]/);
    await at(lines(`      {"id": "a", "type": |}`), `"lo`);
    await offered.getByText(`"loop"`).waitFor();
    await page.keyboard.press("Escape");
    await at(lines(`      {"id": "a", "action": |}`), `"hash`);
    await offered.getByText(`"crypto.hash"`).waitFor();
    await page.keyboard.press("Escape");
    await at(lines(`      {"id": "a", "action": "crypto.hash", "params": {|}}`), `"al`);
    await offered.getByText(`"algorithm"`).waitFor();
  },
);

/** What stands before the cursor on its line. */
function before(page: Page): Promise<string> {
  return page.evaluate(() => {
    const root = document.querySelector(".editor")!.shadowRoot as ShadowRoot & {
      getSelection(): Selection;
    };
    const { focusNode, focusOffset } = root.getSelection();
    return (focusNode?.textContent ?? "").slice(0, focusOffset);
  });
}

function textOf(page: Page): Promise<string> {
  return page.locator(".cm-content").innerText();
}

test(
  "without a script the text can be read, and the page says what it needs",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const page = await panel.open("/define", { javaScriptEnabled: false });
    assert.match(await page.getByLabel("Template as JSON").inputValue(), /"greet"/);
    const text = await page.locator("#main").innerText();
    assert.match(text, /Writing a template here needs JavaScript/);
  },
);

test("a template is archived and taken back", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  const definition = { steps: [{ id: "a", action: "crypto.uuid" }] };
  await panel.api("POST", "/templates", { name: "old", agent_id: "alpha", definition });
  const page = await panel.open("/templates/old");
  await page.getByRole("button", { name: "Archive", exact: true }).click();
  await page.getByRole("button", { name: "Archive the template" }).click();
  await page.getByRole("button", { name: "Take back" }).waitFor();
  await page.goto(`${panel.url}/templates`);
  await page.getByText("No workflow is defined yet.").waitFor();
  await page.getByLabel("Which").selectOption("archived");
  await page.getByRole("link", { name: "old", exact: true }).click();
  await page.getByRole("button", { name: "Take back" }).click();
  await page.getByRole("link", { name: "Run", exact: true }).first().waitFor();
});
