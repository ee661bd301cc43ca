// How tests get a real browser, and pages of a real daemon's panel in it.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, type TestContext } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { createLogger } from "../../core/log.ts";
import { LogRing } from "../../server/log-ring.ts";
import { loadPanel } from "../../cli/panel/load.ts";
import { afterwards, startTestDaemon } from "./daemon.ts";
import { rest } from "./http.ts";

const PLACES = [process.env.CHROMIUM ?? "", "/usr/bin/chromium", "/usr/bin/google-chrome"];
const QUIET = [
  ...["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic"],
];

/** Where Chromium is; undefined: tests that need it are passed over, but not where all is checked. */
export const chromium = PLACES.find((path) => path !== "" && existsSync(path));

/** For `test`: why a browser's tests are passed over; where everything must run, they fail instead. */
export const needsBrowser = {
  skip: chromium || process.env.CI ? false : "needs Chromium: CHROMIUM names it",
};

let browser: Promise<Browser> | undefined;

async function launch(): Promise<Browser> {
  assert.ok(chromium, "Chromium is not there: CHROMIUM names it");
  const { chromium: driver } = await import("playwright-core");
  return await driver.launch({ executablePath: chromium, args: QUIET });
}

after(async () => (await browser)?.close());

/** For `openPanel`: a daemon that remembers what it logs, as `opcode serve` does. */
export function keptLog() {
  const logs = new LogRing();
  const write = logs.add.bind(logs);
  return { logs, log: createLogger({ level: "info", write }) };
}

export interface Panel {
  url: string;
  home: string;
  /** Asks the daemon's REST API; throws what it refuses. */
  // Tests look into answers freely; a wrong shape fails their assertions.
  api(method: string, path: string, body?: unknown): Promise<any>;
  /** Opens a page of it, once the panel is at work there; nothing may go wrong in it meanwhile. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

export async function openPanel(
  t: TestContext,
  options: Parameters<typeof startTestDaemon>[1] = {},
): Promise<Panel> {
  const daemon = await startTestDaemon(t, {
    ...options,
    settings: { panel: "true", ...options.settings },
    panel: loadPanel,
  });
  const token = options.settings?.auth_token;
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const open = async (path: string, context: BrowserContextOptions = {}) => {
    const made = await (await (browser ??= launch())).newContext(context);
    afterwards(t, () => made.close());
    const page = await made.newPage();
    page.on("pageerror", (error) => assert.fail(`${path}: ${error.stack}`));
    await page.goto(daemon.url + path);
    if (context.javaScriptEnabled !== false) await page.waitForSelector("html[data-ready]");
    return page;
  };
  return {
    url: daemon.url,
    home: daemon.home,
    async api(method, path, body) {
      const answer = await rest(daemon.url, method, `/api/v1${path}`, body, headers);
      if (answer.status >= 400) {
        throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
      }
      return answer.body;
    },
    open,
    close: daemon.close,
  };
}

/** Defines a template, and runs it; returns the id of the run. */
export async function runOf(
  panel: Panel,
  name: string,
  steps: unknown[],
  more: object = {},
): Promise<string> {
  await panel.api("POST", "/templates", { name, agent_id: "alpha", definition: { steps } });
  const run = { template_name: name, agent_id: "alpha", wait_ms: 5_000, ...more };
  return (await panel.api("POST", "/runs", run)).workflow_id;
}
