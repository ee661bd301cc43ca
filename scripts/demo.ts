// What opcode does, in half a minute: a real daemon, a real MCP client, a real workflow.

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { isObject, type JsonObject } from "../core/json.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const lockfile = join(root, "package-lock.json");
const home = mkdtempSync(join(tmpdir(), "opcode-demo-"));
const report = join(home, "report.md");

const { bold, dim, green } = paint(process.stdout.isTTY && !process.env.NO_COLOR);
const say = (text: string) => console.log(text);

const { daemon, url } = await startDaemon();
try {
  await demo(url);
} finally {
  daemon.kill("SIGTERM");
}

async function demo(url: string): Promise<void> {
  say(`${bold("1. A daemon")} serves ${url}  ${dim(`(data in ${home})`)}`);

  const client = new Client({ name: "opcode-demo", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  const { tools } = await client.listTools();
  say(
    `${bold("2. An MCP client")} connects and finds ${tools.length} tools: ${
      tools.map((tool) => tool.name).join(", ")
    }`,
  );
  expect("tools", tools.length, 6);

  const call = async (name: string, args: JsonObject, onprogress?: (text: string) => void) => {
    const result = await client.callTool(
      { name, arguments: args },
      onprogress && { onprogress: (progress) => onprogress(progress.message ?? "") },
    );
    const answer = result.structuredContent as JsonObject;
    if (result.isError) throw new Error(`${name}: ${JSON.stringify(answer)}`);
    return answer;
  };

  const template = JSON.parse(readFileSync(join(root, "examples/lockfile-report.json"), "utf8"));
  const defined = await call("opcode.define", { ...template, agent_id: "demo" });
  say(`${bold("3. It defines")} the workflow ${defined.name} ${defined.version}, once`);

  say(`${bold("4. It runs it")} on this checkout's package-lock.json; steps as they finish:`);
  const run = await call("opcode.run", {
    detail: "full",
    template_name: template.name,
    agent_id: "demo",
    params: { lockfile, report, node: process.execPath },
  }, (text) => say(`   ${green("•")} ${text}`));
  say(`   ${run.status} as ${run.workflow_id}`);
  checkRun(run);

  const diagram = await call("opcode.diagram", {
    workflow_id: run.workflow_id!,
    format: "mermaid",
  });
  say(`${bold("5. It draws it")} (Mermaid):\n`);
  say(indent(String(diagram.diagram)));
  expect(
    "diagram",
    String(diagram.diagram).split("\n").some((l) => l.startsWith("graph TD")),
    true,
  );

  say(`${bold("6. The report")}, written by the workflow to ${report}:\n`);
  say(indent(readFileSync(report, "utf8")));
  await client.close();
  sayWhatNext();
}

function sayWhatNext(): void {
  say(bold("Next, type:"));
  say(
    `   npm start                                         ${
      dim("# a daemon of your own on :4100")
    }`,
  );
  say(`   node bin/opcode.mjs define examples/lockfile-report.json`);
  say(
    `   node bin/opcode.mjs run lockfile-report --param lockfile=$PWD/package-lock.json --param report=$PWD/report.md`,
  );
  say(dim("   or point an MCP client at http://localhost:4100/mcp"));
}

/** Every value the workflow produced, against what this script computes by itself. */
function checkRun(run: JsonObject): void {
  const text = readFileSync(lockfile, "utf8");
  const packages = Object.entries(JSON.parse(text).packages as Record<string, { dev?: boolean }>)
    .filter(([path]) => path !== "");
  const output = (id: string) => member(member(member(run, "steps"), id), "output");
  const hash = createHash("sha256").update(text).digest("hex");
  expect("status", run.status, "completed");
  expect("guard", member(member(member(run, "steps"), "refuse"), "status"), "skipped");
  expect("size", member(output("read"), "size"), Buffer.byteLength(text));
  expect("hash", member(output("hash"), "hash"), hash);
  const counted = member(output("count"), "stdout");
  expect("packages", member(counted, "packages"), packages.length);
  expect("dev packages", member(counted, "dev"), packages.filter(([, p]) => p.dev).length);
  expect("output", member(run.output, "path"), report);
  const written = readFileSync(report, "utf8");
  expect("report's hash", written.includes(hash), true);
  expect("report's size", member(run.output, "size"), Buffer.byteLength(written));
}

function member(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

function expect(what: string, actual: unknown, expected: unknown): void {
  if (actual === expected) return;
  throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

async function startDaemon(): Promise<{ daemon: ChildProcess; url: string }> {
  const daemon = spawn(
    process.execPath,
    [join(root, "bin/opcode.mjs"), "serve", "--listen-addr", "127.0.0.1:0"],
    { env: { ...process.env, OPCODE_HOME: home }, stdio: ["ignore", "ignore", "pipe"] },
  );
  process.once("exit", () => daemon.kill("SIGTERM"));
  const url = await new Promise<string>((resolve, reject) => {
    let log = "";
    daemon.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      const found = /"msg":"listening","url":"([^"]+)"/.exec(log);
      if (found) resolve(found[1]!);
    });
    daemon.once("close", (code) => {
      rmSync(home, { recursive: true, force: true });
      reject(new Error(`the daemon ended with ${code}:\n${log}`));
    });
  });
  daemon.removeAllListeners("close");
  return { daemon, url };
}

function indent(text: string): string {
  return text.trimEnd().split("\n").map((line) => `   ${line}`).join("\n") + "\n";
}

function paint(colours: boolean) {
  const code = (number: number) => (text: string) =>
    colours ? `\u001b[${number}m${text}\u001b[0m` : text;
  return { bold: code(1), dim: code(2), green: code(32) };
}
