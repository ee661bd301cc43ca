// `npm run shots [DIRECTORY] [PAGE…]`: pictures of every page of the panel, light, dark and on a phone, empty, full and in error.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { fill } from "./shots/fill.ts";

const MAIN = fileURLToPath(new URL("../cli/main.ts", import.meta.url));
const CHROMIUM = process.env.CHROMIUM || "/usr/bin/chromium";

const LOOKS = {
  light: { viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: "light" },
} as const;

/** Pages that are pictured before there is anything. */
const EMPTY = {
  dashboard: "/",
  workflows: "/workflows",
  templates: "/templates",
  decisions: "/decisions",
  scheduler: "/scheduler",
  events: "/events",
  agents: "/agents",
  secrets: "/secrets",
};

const [directory = "shots", ...wanted] = process.argv.slice(2);
const out = resolve(directory);
mkdirSync(out, { recursive: true });

const home = mkdtempSync(join(tmpdir(), "opcode-shots-"));
const { url, stop } = await startDaemon();
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  await picture(browser, "empty", EMPTY);
  await picture(browser, "full", await fill(url));
} finally {
  await browser.close();
  await stop();
  rmSync(home, { recursive: true, force: true });
}

/** `pages`: the path of each by its name, with `#` and what is done before the picture is taken. */
async function picture(from: Browser, kind: string, pages: Record<string, string>): Promise<void> {
  for (const [look, options] of Object.entries(LOOKS)) {
    const context = await from.newContext(options);
    const page = await context.newPage();
    page.on("pageerror", (error) => console.error(`${look} ${page.url()}: ${error.message}`));
    for (const [name, path] of Object.entries(pages)) {
      const file = `${kind}-${name}-${look}.png`;
      if (wanted.length > 0 && !wanted.some((part) => file.includes(part))) continue;
      await show(page, path);
      await page.screenshot({ path: join(out, file), fullPage: true });
      console.log(join(directory, file));
    }
    await context.close();
  }
}

async function show(page: Page, path: string): Promise<void> {
  const [place, act] = path.split("#") as [string, string?];
  await page.goto(url + place);
  // The page behind a link is plain: nothing in it awakes.
  if (place.startsWith("/decide/")) return;
  await page.waitForSelector("html[data-ready]");
  if (act === "keys") await page.keyboard.press("?");
  if (act === "draft") await leaveDraft(page);
  if (act?.startsWith("view")) await save(page, act.slice("view ".length));
  if (act?.startsWith("bulk")) await choose(page, act.split(" ")[1]);
  if (act?.startsWith("palette")) await find(page, act.split(" ")[1]);
  if (act === "submit") await page.locator("button[type=submit].main").first().click();
  if (act === "editor") await page.locator(".cm-content").waitFor();
  if (act === "broken") await breakText(page);
  // What was asked for comes, and what moves has come to rest.
  await page.waitForLoadState("networkidle", { timeout: 1_000 }).catch(() => {});
}

/** Writes something that is not stored, and comes back to it. */
async function leaveDraft(page: Page): Promise<void> {
  await page.getByLabel("Agent", { exact: true }).fill("somebody");
  await page.getByText("Not saved yet").waitFor();
  page.once("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await page.getByRole("button", { name: "Continue the draft" }).waitFor();
  await page.locator(".cm-content").waitFor();
}

/** Keeps the filter of the list under a name. */
async function save(page: Page, name: string): Promise<void> {
  const begin = page.getByRole("button", { name: "Save view" });
  // It is kept already in this browser.
  if (await begin.count() === 0) return;
  await begin.click();
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.keyboard.press("Enter");
}

/** Chooses all runs that are shown, and asks to do something with them. */
async function choose(page: Page, action = ""): Promise<void> {
  await page.getByRole("checkbox", { name: "Choose all that are shown" }).click();
  if (action === "") return;
  await page.getByRole("button", { name: `${action} runs`, exact: true }).click();
  await page.getByRole("dialog").locator(".sample").waitFor();
}

/** Opens the palette, and writes in it. */
async function find(page: Page, text = ""): Promise<void> {
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("combobox", { name: /^Find/ }).fill(text);
  await page.getByRole("status").getByText(/^\d+ entr\w+$/).waitFor();
}

/** Makes a fault in the editor. */
async function breakText(page: Page): Promise<void> {
  await page.locator(".cm-content").click();
  await page.keyboard.press("ControlOrMeta+f").catch(() => {});
  await page.keyboard.press("Escape");
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.press("End");
  await page.keyboard.type('\n  "descripton": 5,');
  await page.locator(".issues").waitFor();
}

function startDaemon(): Promise<{ url: string; stop(): Promise<void> }> {
  const serve = [MAIN, "serve", "--listen-addr", "127.0.0.1:0", "--panel"];
  const env = {
    ...process.env,
    OPCODE_HOME: home,
    // Without one there are no links of decisions.
    OPCODE_BASE_URL: "https://opcode.example",
    OPCODE_VAULT_KEY: `hex:${"ab".repeat(32)}`,
  };
  const child = spawn(process.execPath, serve, { env, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  return new Promise((done, fail) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      const found = /"msg":"listening","url":"([^"]+)"/.exec(log);
      if (!found) return;
      const stop = async () => {
        child.kill("SIGTERM");
        await ended;
      };
      done({ url: found[1]!, stop });
    });
    child.once("close", (code) => fail(new Error(`the daemon ended with ${code}:\n${log}`)));
  });
}
