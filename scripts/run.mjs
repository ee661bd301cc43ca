#!/usr/bin/env node
// Runs a script of this project on its own Node, whatever Node (≥ 18) runs this file: `run.mjs ENTRY [ARGS…]`.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { dirname, resolve } from "node:path";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";
import { ensureModules } from "./setup/modules.mjs";
import { ensurePinnedNode, pinnedNode } from "./setup/pinned-node.mjs";
import { SetupError } from "./setup/setup-error.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const [entry, ...args] = process.argv.slice(2);

try {
  if (entry === undefined) throw new SetupError("usage: node scripts/run.mjs ENTRY [ARGS…]");
  // npm may leave an optional package out, but not the one Node of this platform.
  await ensureModules(root, () => existsSync(pinnedNode(root).path));
  run(ensurePinnedNode(root), [resolve(root, entry), ...args]);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  for (const line of error.message.split("\n")) console.error(`error: ${line}`);
  process.exitCode = 1;
}

function run(node, argv) {
  const child = spawn(node, argv, { stdio: "inherit" });
  // Ctrl-C reaches the child by itself: a terminal signals the whole foreground group, and a
  // second SIGINT would mean "now" instead of "please". One sent to this process alone is passed on.
  const inTerminal = [0, 1, 2].some(isatty);
  process.on("SIGINT", () => inTerminal || child.kill("SIGINT"));
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`error: cannot start ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
