// What somebody at the panel waits for, in a real browser beside a long history: pages, lists, and what goes on live.

import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { type Browser, chromium, type Page } from "playwright-core";
import type { BenchDaemon } from "./daemon.ts";
import { RUNS, startWithHistory } from "./long-history.ts";
import { percentile, printHead, printRow } from "./table.ts";
import { pure } from "./workflows.ts";

const CHROMIUM = process.env.CHROMIUM || "/usr/bin/chromium";
/** Times that each page is opened, each with nothing in the browser's cache. */
const OPENED = 7;
const LIVE_RUNS = 60;
const LIVE_STEPS = 500;

export async function benchPanel(): Promise<void> {
  printHead(`the panel in Chromium, ${RUNS.toLocaleString("en")} ended runs, durability full`);
  console.log(`load of the machine: ${loadavg().map((n) => n.toFixed(1)).join(", ")}`);
  const { daemon, stop } = await startWithHistory({ OPCODE_PANEL: "true" });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  try {
    await daemon.define("pure", pure);
    for (let i = 0; i < 50; i++) await daemon.run("pure");
    await pages(browser, daemon);
    await lists(browser, daemon);
    await commitToPixels(browser, daemon);
    await liveRun(browser, daemon);
  } finally {
    await browser.close();
    await stop();
  }
}

/** Notes in the page when it is ready, and tasks that kept it for longer than 50 ms. */
const WATCH = `
  new MutationObserver(() => window.readyAt ??= performance.now()).observe(
    document, { subtree: true, attributeFilter: ["data-ready"] });
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longTasks.push(duration);
  }).observe({ type: "longtask", buffered: true });
`;

async function open(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addInitScript(WATCH);
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForSelector("html[data-ready]");
  return page;
}

async function pages(browser: Browser, daemon: BenchDaemon): Promise<void> {
  const { runs: [run] } = await daemon.get("/api/v1/runs?limit=1&template_name=pure") as any;
  const paths = [
    "/",
    "/workflows",
    "/workflows?status=failed",
    `/workflows/${run.id}`,
    `/workflows/${run.id}?tab=timeline`,
    "/templates",
    "/templates/pure",
    "/define?template=pure",
    "/decisions",
    "/scheduler",
    "/scheduler/new",
    "/events",
    "/agents",
    "/secrets",
    "/settings",
  ];
  await (await open(browser, daemon.url)).context().close();
  await floor(browser, daemon);
  for (const path of paths) {
    const answered: number[] = [];
    const painted: number[] = [];
    const ready: number[] = [];
    for (let i = 0; i < OPENED; i++) {
      const page = await open(browser, daemon.url + path);
      painted.push(await firstPaint(page));
      answered.push(
        await page.evaluate("performance.getEntriesByType('navigation')[0].responseEnd") as number,
      );
      ready.push(await page.evaluate("window.readyAt") as number);
      await page.context().close();
    }
    const shown = path.replace(run.id, "ID");
    row(`the daemon's answer, ${shown}`, answered, "ms");
    row(`first contentful paint, ${shown}`, painted, "ms", 300);
    row(`ready to be used, ${shown}`, ready, "ms", 600);
  }
}

/** A paint that has not come yet has no entry. */
async function firstPaint(page: Page): Promise<number> {
  const first = await page.waitForFunction(
    "performance.getEntriesByName('first-contentful-paint')[0]?.startTime",
  );
  return await first.jsonValue() as number;
}

/** What a page of a line of text takes, without any script: less nothing can. */
async function floor(browser: Browser, daemon: BenchDaemon): Promise<void> {
  const painted: number[] = [];
  for (let i = 0; i < OPENED; i++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(`${daemon.url}/decide/none`);
    painted.push(await firstPaint(page));
    await context.close();
  }
  row("first contentful paint of a line of text", painted, "ms");
}

/** Scrolls through lists and filters them. */
async function lists(browser: Browser, daemon: BenchDaemon): Promise<void> {
  for (const path of ["/workflows", "/events"]) {
    const page = await open(browser, daemon.url + path);
    await page.evaluate("window.longTasks.length = 0");
    await page.mouse.move(700, 400);
    const frames = page.evaluate(`new Promise((done) => {
      const times = [];
      const look = (at) => {
        times.push(at);
        if (at - times[0] < 2000) requestAnimationFrame(look);
        else done(times.slice(1).map((time, i) => time - times[i]));
      };
      requestAnimationFrame(look);
    })`) as Promise<number[]>;
    for (let i = 0; i < 40; i++) await page.mouse.wheel(0, i < 20 ? 300 : -300);
    row(`a frame while ${path} is scrolled, p95`, [percentile(await frames, 0.95)], "ms", 17.5);
    if (path === "/workflows") {
      for (const status of ["failed", "completed", "cancelled", ""]) {
        await page.getByLabel("Status").selectOption(status);
        await page.waitForURL((url) => (url.searchParams.get("status") ?? "") === status);
        await page.waitForLoadState("networkidle");
      }
    }
    const tasks = await page.evaluate("window.longTasks") as number[];
    row(`the longest task meanwhile, ${path}`, [Math.max(0, ...tasks)], "ms", 100);
    await page.context().close();
  }
}

/** From the time of a run's only turn, which it takes before the commit, to the frame that shows its row. */
async function commitToPixels(browser: Browser, daemon: BenchDaemon): Promise<void> {
  const page = await open(browser, `${daemon.url}/workflows`);
  await page.getByText("live", { exact: true }).waitFor();
  await page.evaluate(`
    window.shownAt = new Map();
    const look = () => {
      const now = performance.timeOrigin + performance.now();
      for (const { href } of document.querySelectorAll("td a[href*='/workflows/']")) {
        const id = href.split("/").pop();
        if (!shownAt.has(id)) shownAt.set(id, now);
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  `);
  const samples: number[] = [];
  for (let i = 0; i < LIVE_RUNS; i++) {
    const { workflow_id: id } = await daemon.run("pure");
    const shown = await page.waitForFunction(
      (one) => (window as any).shownAt.get(one),
      id as string,
    );
    const { created_at: at } = await daemon.get(`/api/v1/runs/${id}`);
    samples.push(await shown.jsonValue() - Date.parse(at as string));
    await delay(200 + 37 * (i % 10));
  }
  row("turn → pixels of a list, median", [percentile(samples, 0.5)], "ms");
  row("turn → pixels of a list, p95", [percentile(samples, 0.95)], "ms", 150);
  await page.context().close();
}

/** A page of a run whose steps go on one after the other: what it costs the browser's process of it. */
async function liveRun(browser: Browser, daemon: BenchDaemon): Promise<void> {
  const chain = Array.from({ length: LIVE_STEPS }, (_, n) => ({
    id: `s${n}`,
    type: "wait",
    config: { duration: "40ms" },
    ...(n > 0 && { depends_on: [`s${n - 1}`] }),
  }));
  const body = [{ id: "rest", type: "wait", config: { duration: "40ms" } }];
  const over = Array.from({ length: LIVE_STEPS }, (_, n) => n);
  const kinds = { chain, loop: [{ id: "each", type: "loop", config: { over, body } }] };
  for (const [name, steps] of Object.entries(kinds)) {
    await daemon.define(name, { steps });
    const request = { template_name: name, agent_id: "bench" };
    const { workflow_id: id } = await daemon.post("/api/v1/runs", request);
    const page = await open(browser, `${daemon.url}/workflows/${id}`);
    const tab = await page.context().newCDPSession(page);
    await tab.send("Performance.enable");
    const busy = async () => {
      const { metrics } = await tab.send("Performance.getMetrics");
      return metrics.find((one) => one.name === "ProcessTime")!.value * 1_000;
    };
    const [began, before] = [performance.now(), await busy()];
    await delay(12_000);
    const share = (await busy() - before) / (performance.now() - began);
    const { status } = await daemon.get(`/api/v1/runs/${id}`);
    if (status !== "active" && status !== "suspended") throw new Error(`${name} is ${status}`);
    row(`of one core, a ${name} of ${LIVE_STEPS} steps that goes on`, [share * 100], "%", 30);
    await page.context().close();
    await daemon.post(`/api/v1/runs/${id}/cancel`, {});
  }
}

function row(work: string, samples: number[], unit: string, most?: number): void {
  printRow({
    work,
    samples,
    unit,
    ...(most && { bar: { value: most, good: "below" as const, text: `≤ ${most} ${unit}` } }),
  });
}
