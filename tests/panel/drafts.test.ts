// Whether what somebody writes and does not store is there when they come back, and is never put in front of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { draftKey, readDraft } from "../../panel/drafts.ts";
import { seriousIn } from "../support/axe.ts";
import { needsBrowser, openPanel, type Panel } from "../support/browser.ts";
import { until } from "../support/test-engine.ts";

const TEXT = '{ "definition": { "steps": [{ "id": "mine", "action": "crypto.uuid" }] } }';

const editor = (page: Page) => page.locator(".cm-content");
const leave = (page: Page) => page.getByRole("dialog", { name: "Leave this page?" });

/** By the page itself: what it pushed is then known to the browser, which may still be behind it. */
const back = (page: Page) => page.evaluate(() => history.back());

async function write(page: Page, text: string): Promise<void> {
  await editor(page).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
  await editor(page).getByText("mine").waitFor();
}

/** Loads the page anew, as somebody who says yes to leaving it. */
async function reload(page: Page): Promise<void> {
  page.once("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await editor(page).waitFor();
}

async function store(panel: Panel): Promise<void> {
  const definition = { steps: [{ id: "a", action: "crypto.uuid" }] };
  await panel.api("POST", "/templates", { name: "w", agent_id: "alpha", definition });
}

test("what is no draft is none", () => {
  for (
    const text of [
      ...[null, "", "{", "[]", '{"name":"a","agent_id":"b","text":5,"at":1}', '{"at":1}'],
      ...["1e300", "1e999", "-8.65e15"].map((at) =>
        `{"name":"a","agent_id":"b","text":"","at":${at}}`
      ),
    ]
  ) {
    assert.equal(readDraft(text), undefined, String(text));
  }
  const draft = { name: "a", agent_id: "b", text: "{", at: 5 };
  assert.deepEqual(readDraft(JSON.stringify(draft)), draft);
  assert.notEqual(draftKey(undefined), draftKey(""));
});

test(
  "a draft outlives a reload, is offered, and taken up or discarded",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await store(panel);
    const page = await panel.open("/define?template=w");
    await editor(page).waitFor();
    assert.equal(await page.getByText("Not saved yet").count(), 0);
    await write(page, TEXT);
    await page.getByText("Not saved yet; a draft is kept in this browser.").waitFor();
    await reload(page);
    const offer = page.getByRole("button", { name: "Continue the draft" });
    await offer.waitFor();
    assert.match(await editor(page).innerText(), /"a"/);
    assert.deepEqual(await seriousIn(page), []);
    // What is written meanwhile does not take its place.
    await editor(page).click();
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.insertText("\n\n");
    await page.getByText("What you write now is kept once you have continued").waitFor();
    await reload(page);
    await offer.click();
    await editor(page).getByText("mine").waitFor();
    await reload(page);
    await page.getByRole("button", { name: "Discard the draft" }).click();
    await page.reload();
    await editor(page).waitFor();
    await page.getByText("Same as v1.").waitFor();
    assert.equal(await offer.count(), 0);

    // That of another template, or of a new one, is another.
    await write(page, TEXT);
    page.once("dialog", (dialog) => void dialog.accept());
    await page.goto(`${panel.url}/define`);
    await editor(page).waitFor();
    await page.getByText("Give it a name.").waitFor();
    assert.equal(await offer.count(), 0);
  },
);

test(
  "leaving asks, by link, key and the browser's own button, and storing does not",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await store(panel);
    const page = await panel.open("/templates");
    await page.goto(`${panel.url}/templates/w`);
    await page.waitForSelector("html[data-ready]");
    await page.getByRole("link", { name: "Edit" }).click();
    await editor(page).waitFor();
    await write(page, TEXT);
    await page.getByRole("link", { name: "Agents" }).click();
    await leave(page).waitFor();
    assert.deepEqual(await seriousIn(page), []);
    await page.keyboard.press("Escape");
    await leave(page).waitFor({ state: "detached" });
    assert.equal(new URL(page.url()).pathname, "/define");
    await editor(page).getByText("mine").waitFor();

    await back(page);
    await leave(page).getByRole("button", { name: "Stay here" }).click();
    await leave(page).waitFor({ state: "detached" });
    assert.equal(new URL(page.url()).pathname, "/define");
    await back(page);
    await leave(page).getByRole("button", { name: "Leave", exact: true }).click();
    await page.getByRole("heading", { name: "w", exact: true }).waitFor();
    assert.equal(new URL(page.url()).pathname, "/templates/w");

    await page.getByRole("link", { name: "Edit" }).click();
    await page.getByRole("button", { name: "Continue the draft" }).click();
    await page.getByRole("button", { name: "Save as v2" }).click();
    await page.getByRole("heading", { name: "w", exact: true }).waitFor();
    await page.goto(`${panel.url}/define?template=w`);
    await page.getByText("Same as v2.").waitFor();
    assert.equal(await page.getByRole("button", { name: "Continue the draft" }).count(), 0);
  },
);

test(
  "where the browser keeps nothing that is said, and what is as it was is left without a question",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const page = await panel.open("/define");
    await page.evaluate(() => {
      Storage.prototype.setItem = () => {
        throw new Error("full");
      };
    });
    await page.getByLabel("Name").fill("x");
    await page.getByText("Not saved, and no draft is kept: this browser keeps nothing").waitFor();
    await page.getByLabel("Name").fill("");
    await page.getByRole("link", { name: "Agents" }).click();
    await page.getByRole("heading", { name: "Agents" }).waitFor();
  },
);

test(
  "a window in which nothing was written takes away no other's draft",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await store(panel);
    const page = await panel.open("/define?template=w");
    await editor(page).waitFor();
    const other = await page.context().newPage();
    await other.goto(`${panel.url}/define?template=w`);
    await editor(other).waitFor();
    await other.getByText("Same as v1.").waitFor();
    await write(page, TEXT);
    await page.getByText("Not saved yet; a draft is kept in this browser.").waitFor();
    const kept = (of: Page) => of.evaluate("localStorage.getItem('opcode.draft.w')");
    // Windows are processes of their own: what one keeps the other has a moment later.
    await until(async () => String(await kept(other)).includes("mine"), "the draft");
    await other.goto(`${panel.url}/agents`);
    assert.match(String(await kept(other)), /mine/);

    // Nor does one in which it was offered and something else is stored.
    await other.goto(`${panel.url}/define?template=w`);
    await editor(other).waitFor();
    await other.getByRole("button", { name: "Continue the draft" }).waitFor();
    await write(other, TEXT.replace("mine", "mine-too"));
    await other.getByRole("button", { name: "Save as v2" }).click();
    await other.getByRole("heading", { name: "w", exact: true }).waitFor();
    assert.match(String(await kept(other)), /"mine\\"/);
  },
);
