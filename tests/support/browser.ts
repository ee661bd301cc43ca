// How tests get a real browser, and pages of a real daemon's panel in it.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, type TestContext } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { createLogger } from "../../core/log.ts";
import { LogRing } from "../../server/log-ring.ts";
import { loadPanel } from "../../cli/panel/load.ts";
import { envName, type SettingName } from "../../server/settings/keys.ts";
import { afterwards, BINARY, spawnDaemon, startTestDaemon } from "./daemon.ts";
import { rest } from "./http.ts";

const PLACES = [process.env.CHROMIUM ?? "", "/usr/bin/chromium", "/usr/bin/google-chrome"];
const QUIET = [
  ...["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic"],
  // Fewer processes, each of which costs what starting a page does: all pages are of one site.
  ...["--in-process-gpu", "--disable-site-isolation-trials"],
];

/** Where Chromium is; undefined: tests that need it are passed over, but not where all is checked. */
export const chromium = PLACES.find((path) => path !== "" && existsSync(path));

/** For `test`: why a browser's tests are passed over; where everything must run, they fail instead. */
export const needsBrowser = {
  skip: chromium || process.env.CI ? false : "needs Chromium: CHROMIUM names it",
};

/** How long a page may take to show what is waited for. */
const PATIENCE_MS = 120_000;

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

/** Opens a page of the panel at this URL, once it is at work there; nothing may go wrong in it meanwhile. */
export async function openPage(
  t: TestContext,
  url: string,
  context: BrowserContextOptions = {},
): Promise<Page> {
  const made = await (await (browser ??= launch())).newContext(context);
  // Of many processes at once the browser may be the slowest; what never comes fails by the test's own limit.
  made.setDefaultTimeout(PATIENCE_MS);
  afterwards(t, () => made.close());
  const page = await made.newPage();
  page.on("pageerror", (error) => assert.fail(`${url}: ${error.stack}`));
  await page.goto(url);
  if (context.javaScriptEnabled !== false) await page.waitForSelector("html[data-ready]");
  return page;
}

/** In this process, unless it is the binary that is tried and nothing is asked of it that only a process can. */
async function panelDaemon(t: TestContext, options: PanelOptions) {
  const { home, settings, ...rest } = options;
  if (BINARY === undefined || Object.keys(rest).length > 0) {
    const wanted = { ...options, settings: { panel: "true", ...settings }, panel: loadPanel };
    return await startTestDaemon(t, wanted);
  }
  const named = Object.entries(settings ?? {}) as [SettingName, string][];
  const env = Object.fromEntries(named.map(([name, value]) => [envName(name), value]));
  const daemon = await spawnDaemon(t, { ...(home && { home }), env, args: ["--panel"] });
  return { ...daemon, close: async () => void await daemon.stop() };
}

type PanelOptions = NonNullable<Parameters<typeof startTestDaemon>[1]>;

export async function openPanel(
  t: TestContext,
  options: PanelOptions = {},
): Promise<Panel> {
  const daemon = await panelDaemon(t, options);
  const token = options.settings?.auth_token;
  const headers = token ? { authorization: `Bearer ${token}` } : {};
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
    open: (path, context) => openPage(t, daemon.url + path, context),
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
