// Whether filters of a list are kept under names in the browser, and stay links like any other.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { MOST_VIEWS, queryOf, readViews, withView } from "../../panel/views.ts";
import { seriousIn } from "../support/axe.ts";
import { needsBrowser, openPanel, runOf } from "../support/browser.ts";

const DRAW = [{ id: "draw", action: "crypto.uuid" }];
const FAIL = [{ id: "check", action: "assert.equals", params: { expected: 1, actual: 2 } }];

const tabs = (page: Page) => page.getByRole("navigation", { name: "Saved views" });
const tab = (page: Page, name: string) => tabs(page).getByRole("link", { name, exact: true });

test("what is kept is read as far as it is views, and a name is of one alone", () => {
  for (const text of [null, "", "{", "5", '{"name":"a"}', "[null,5]", '[{"name":"","query":""}]']) {
    assert.deepEqual(readViews(text), [], String(text));
  }
  const a = { name: "a", query: "status=failed" };
  assert.deepEqual(readViews(JSON.stringify([a, { name: 5 }])), [a]);
  assert.equal(queryOf({ b: "x y", a: "1" }), "a=1&b=x+y");
  assert.deepEqual(withView([a], { name: " b ", query: "search=x" }), {
    views: [a, { name: "b", query: "search=x" }],
  });
  assert.deepEqual(withView([a], { name: "b", query: a.query }), {
    views: [{ name: "b", query: a.query }],
  });
  const whyNot = (name: string, views = [a]) => withView(views, { name, query: "search=x" });
  assert.deepEqual(whyNot("a"), { why: "is the name of another view" });
  assert.deepEqual(whyNot("  "), { why: "is required" });
  assert.match(JSON.stringify(whyNot("x".repeat(41))), /at most 40 characters/);
  const full = Array.from(
    { length: MOST_VIEWS },
    (_, at) => ({ name: `${at}`, query: `id=${at}` }),
  );
  assert.match(JSON.stringify(whyNot("b", full)), /30 views already/);
});

test(
  "a filter is saved, come to again, renamed and deleted, and its address stays what it is",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await runOf(panel, "draws", DRAW);
    await runOf(panel, "fails", FAIL);
    const page = await panel.open("/workflows");
    assert.equal(await tabs(page).count(), 0);
    await page.getByLabel("Status").selectOption("failed");
    await page.getByRole("button", { name: "Save view" }).click();
    const save = page.getByRole("button", { name: "Save", exact: true });
    await save.click();
    await page.getByText("is required").waitFor();
    await page.getByRole("textbox", { name: "Name" }).fill("What broke");
    await page.keyboard.press("Enter");
    await tab(page, "What broke").waitFor();
    assert.equal(await tab(page, "What broke").getAttribute("aria-current"), "page");
    assert.deepEqual(await seriousIn(page), []);

    await tab(page, "All").click();
    await page.getByRole("row", { name: /draws/ }).waitFor();
    await tab(page, "What broke").click();
    await page.getByRole("row", { name: /draws/ }).waitFor({ state: "detached" });
    assert.equal(new URL(page.url()).search, "?status=failed");
    await page.reload();
    await page.waitForSelector("html[data-ready]");
    await page.getByRole("button", { name: "Rename view" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("<b>Broken</b>");
    await save.click();
    await tab(page, "<b>Broken</b>").waitFor();

    // Another window of the same browser has it at once, somebody else only the address.
    const other = await page.context().newPage();
    await other.goto(`${panel.url}/workflows?status=failed`);
    await tab(other, "<b>Broken</b>").waitFor();
    const somebody = await panel.open("/workflows?status=failed");
    await somebody.getByRole("row", { name: /fails/ }).waitFor();
    assert.equal(await tab(somebody, "<b>Broken</b>").count(), 0);

    await page.getByRole("button", { name: "Delete view" }).click();
    await page.getByRole("button", { name: "Delete the view" }).click();
    await tab(page, "<b>Broken</b>").waitFor({ state: "detached" });
    await tab(other, "<b>Broken</b>").waitFor({ state: "detached" });
    await page.getByRole("row", { name: /fails/ }).waitFor();
  },
);

test(
  "templates are found by how they begin, and have views of their own",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    for (const name of ["alpha-one", "alpha-two", "beta"]) await runOf(panel, name, DRAW);
    const page = await panel.open("/templates");
    await page.getByRole("searchbox", { name: "Search" }).fill("alpha");
    await page.keyboard.press("Enter");
    await page.getByRole("row", { name: /beta/ }).waitFor({ state: "detached" });
    assert.equal(await page.getByRole("row", { name: /^alpha-/ }).count(), 2);
    await page.getByRole("button", { name: "Save view" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Alpha");
    await page.keyboard.press("Enter");
    await tab(page, "Alpha").waitFor();
    await page.goto(`${panel.url}/workflows?status=failed`);
    await page.waitForSelector("html[data-ready]");
    assert.equal(await tab(page, "Alpha").count(), 0);
  },
);

test(
  "a view whose filter is refused by now is deleted where that is said",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const page = await panel.open("/workflows");
    const old = JSON.stringify([{ name: "Old", query: "since=yore&status=paused" }]);
    await page.evaluate((text) => localStorage.setItem("opcode.views.workflows", text), old);
    await page.goto(`${panel.url}/workflows?since=yore&status=paused`);
    await page.getByText("Show the page without these filters").waitFor();
    await tab(page, "Old").waitFor();
    await page.getByRole("button", { name: "Delete view" }).click();
    await page.getByRole("button", { name: "Delete the view" }).click();
    await tab(page, "Old").waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => localStorage.getItem("opcode.views.workflows")), null);
    assert.equal(await page.getByRole("button", { name: "Save view" }).count(), 0);
  },
);

test(
  "a browser that keeps nothing says so, and a phone does not scroll sideways with views",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await runOf(panel, "draws", DRAW);
    const page = await panel.open("/workflows?status=failed", {
      viewport: { width: 390, height: 844 },
    });
    await page.evaluate(() => {
      Storage.prototype.setItem = () => {
        throw new Error("full");
      };
    });
    await page.getByRole("button", { name: "Save view" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("x".repeat(40));
    await page.keyboard.press("Enter");
    await page.getByText("this browser keeps nothing").waitFor();
    assert.ok(await page.evaluate("document.documentElement.scrollWidth") as number <= 390);
  },
);
