// Whether everything is found and done from the palette, by keyboard, and nothing of it is loaded before.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { seriousIn } from "../support/axe.ts";
import { needsBrowser, openPanel, runOf } from "../support/browser.ts";

const WAIT = [{ id: "rest", type: "wait", config: { duration: "1h" } }];
const ASK = [{
  id: "approve",
  type: "reasoning",
  config: { prompt_context: "Ship release 1.4?", options: [{ id: "ship" }, { id: "hold" }] },
}];
const FAILS = [{ id: "check", action: "assert.equals", params: { expected: 1, actual: 2 } }];

const field = (page: Page) => page.getByRole("combobox", { name: /^Find a page/ });
const entry = (page: Page, name: string | RegExp) => page.getByRole("option", { name });
const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true });

async function openPalette(page: Page, text = ""): Promise<void> {
  await page.keyboard.press("ControlOrMeta+k");
  await field(page).waitFor();
  if (text !== "") await page.keyboard.type(text);
}

/** Once all is there that is looked for. */
async function settled(page: Page): Promise<void> {
  await page.getByRole("status").getByText(/^(\d+ entr\w+|Nothing is like that\.)$/).waitFor();
}

test("nothing is loaded or asked before it is opened", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  const page = await panel.open("/agents");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await heading(page, "Settings").waitFor();
  const isOfIt = (path: string) => /\/static\/|\/decisions$/.test(path);
  assert.deepEqual(asked.filter(isOfIt), []);
  await openPalette(page);
  await settled(page);
  assert.match(asked.filter(isOfIt).join(), /^\/static\/open-\w+\.js,\/api\/v1\/decisions$/);
  await page.keyboard.press("Escape");
  await field(page).waitFor({ state: "detached" });
});

test(
  "by keyboard to a page, with the focus back where it was when nothing is chosen",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const page = await panel.open("/workflows");
    const status = page.getByLabel("Status");
    await status.focus();
    await openPalette(page);
    assert.equal(await field(page).evaluate((one) => one === document.activeElement), true);
    await page.keyboard.press("ControlOrMeta+k");
    await field(page).waitFor({ state: "detached" });
    assert.equal(await status.evaluate((one) => one === document.activeElement), true);

    await openPalette(page, "e");
    const marked = () =>
      page.evaluate(() => {
        const [input] = document.querySelectorAll("#palette [role=combobox]");
        const id = input!.getAttribute("aria-activedescendant")!;
        const [chosen, ...more] = document.querySelectorAll("#palette [aria-selected=true]");
        return [
          chosen!.id === id && more.length === 0,
          chosen!.querySelector(".label")!.textContent,
        ];
      });
    const [isOne, first] = await marked();
    assert.equal(isOne, true);
    await page.keyboard.press("ArrowDown");
    assert.notEqual((await marked())[1], first);
    await page.keyboard.press("ArrowUp");
    assert.deepEqual(await marked(), [true, first]);
    await page.keyboard.press("ArrowUp");
    assert.notEqual((await marked())[1], first);
    await page.keyboard.type("vents");
    await page.keyboard.press("Enter");
    await heading(page, "Events").waitFor();
    assert.equal(await page.evaluate("document.activeElement.id"), "main");

    // Keys that mean something on the page mean themselves in it.
    await openPalette(page, "g?1");
    assert.equal(await field(page).inputValue(), "g?1");
    await page.getByText("Nothing is like that.").waitFor();
  },
);

test(
  "templates, runs and decisions are found by how they begin, by id and by what is asked",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const done = await runOf(panel, "sum-up", [{ id: "draw", action: "crypto.uuid" }]);
    const asks = await runOf(panel, "release", ASK);
    const page = await panel.open("/");

    await openPalette(page, "sum");
    await entry(page, /^sum-up v1/).waitFor();
    await entry(page, /^sum-up completed/).waitFor();
    await entry(page, /^Run sum-up/).click();
    await page.getByRole("button", { name: "Run v1" }).waitFor();

    await openPalette(page, "run rel");
    await entry(page, /^Run release/).waitFor();
    await settled(page);
    await page.keyboard.press("Enter");
    await heading(page, "release").waitFor();
    assert.equal(new URL(page.url()).search, "?tab=run");

    for (const id of [done, done.slice(0, 13)]) {
      await openPalette(page, id);
      await entry(page, /^sum-up completed/).click();
      await page.getByText("completed", { exact: true }).first().waitFor();
      assert.equal(new URL(page.url()).pathname, `/workflows/${done}`);
      await page.goto(`${panel.url}/settings`);
      await page.waitForSelector("html[data-ready]");
    }

    await openPalette(page);
    await entry(page, /^Ship release 1\.4\?/).waitFor();
    await page.keyboard.type("approve ship");
    await settled(page);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/workflows/${asks}`);
  },
);

test(
  "what the page offers is done from it, with the same question first",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const waits = await runOf(panel, "waits", WAIT);
    const fails = await runOf(panel, "fails", FAILS);
    const asks = await runOf(panel, "asks", ASK);
    const page = await panel.open(`/workflows/${waits}`);
    await openPalette(page, "cancel");
    await page.keyboard.press("Enter");
    const confirm = page.getByRole("button", { name: "Cancel the run" });
    await confirm.waitFor();
    // While something is asked, nothing else is.
    await page.keyboard.press("ControlOrMeta+k");
    assert.equal(await field(page).count(), 0);
    await confirm.click();
    await page.locator(".facts").getByText("cancelled").waitFor();
    await openPalette(page, "cancel");
    await settled(page);
    assert.equal(await entry(page, "Cancel").count(), 0);
    await page.keyboard.press("Escape");

    await page.goto(`${panel.url}/workflows/${fails}`);
    await page.waitForSelector("html[data-ready]");
    await openPalette(page, "retry check");
    await page.keyboard.press("Enter");
    await page.getByText("check runs again").waitFor();
    await openPalette(page, "timeline");
    await page.keyboard.press("Enter");
    await page.waitForURL(/tab=timeline/);

    await page.goto(`${panel.url}/workflows/${asks}`);
    await page.waitForSelector("html[data-ready]");
    await openPalette(page, "approve: hold");
    await page.keyboard.press("Enter");
    assert.match(await page.evaluate("document.activeElement.innerText"), /^hold/);
    assert.equal((await panel.api("GET", `/runs/${asks}`)).status, "suspended");
    await page.keyboard.press("Enter");
    await page.locator(".facts").getByText("completed").waitFor();
  },
);

test(
  "a locked vault is unlocked by way of it, and another look chosen",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const page = await panel.open("/secrets");
    await openPalette(page, "unlock");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate("document.activeElement.id"), "vault-key");
    await openPalette(page, "theme dark");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate("document.documentElement.dataset.theme"), "dark");
  },
);

test(
  "its button and the list of keys tell of it, and axe finds nothing serious in it",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    await runOf(panel, "sum-up", [{ id: "draw", action: "crypto.uuid" }]);
    for (const look of ["light", "dark"] as const) {
      const page = await panel.open("/templates/sum-up", { colorScheme: look });
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keys" }).getByText("Ctrl K").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Search", exact: true }).click();
      await page.keyboard.type("s");
      await settled(page);
      assert.deepEqual(await seriousIn(page), [], look);
    }
    const phone = await panel.open("/", { viewport: { width: 390, height: 844 } });
    await phone.getByRole("button", { name: "Search", exact: true }).click();
    await settled(phone);
    assert.ok(await phone.evaluate("document.documentElement.scrollWidth") as number <= 390);
    await phone.getByRole("button", { name: "Close" }).last().click();
    await field(phone).waitFor({ state: "detached" });
  },
);

test(
  "a hostile name is inert in it, and a daemon that is gone is told",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const name = "<img src=x onerror=alert(1)>";
    await runOf(panel, "asks", [{
      ...ASK[0]!,
      config: { prompt_context: name, options: [{ id: "a" }] },
    }]);
    const page = await panel.open("/agents");
    await openPalette(page);
    await entry(page, name).waitFor();
    assert.equal(await page.locator("#palette img").count(), 0);
    await page.keyboard.press("Escape");
    await panel.close();
    await openPalette(page, "sum");
    await page.getByRole("dialog").getByText("The daemon does not answer.").waitFor();
  },
);
