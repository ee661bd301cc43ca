#!/usr/bin/env node
// Starts opcode on the Node it was made for, whatever Node (≥ 18) runs this file.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { freshBundle, keepBundle } from "./bundle.mjs";

const PINNED_MAJOR = 26;
/** What this process was told of the size of its heap is meant for the daemon. */
const HEAP_FLAG = /^--(?:max|min|initial)[-_](?:[\w-]*[-_])?(?:heap|space)[-_]size/;
const launcher = fileURLToPath(import.meta.url);
const root = join(dirname(launcher), "..");
const main = join(root, "cli", "main.ts");

if (Number(process.versions.node.split(".")[0]) >= PINNED_MAJOR) {
  const bundle = freshBundle(root) ?? newBundle();
  if (bundle !== undefined) keepBundle(bundle);
  await import(pathToFileURL(bundle ?? main).href);
} else {
  runOnPinnedNode();
}

/** Made of sources that have changed; undefined where it cannot be: the sources themselves say why. */
function newBundle() {
  spawnSync(process.execPath, [join(root, "scripts", "bundle.ts")], { stdio: "ignore" });
  return freshBundle(root);
}

function runOnPinnedNode() {
  const node = findNode(dirname(main));
  if (node === undefined) {
    console.error(
      `error: opcode needs Node ${PINNED_MAJOR}: run "npm ci" in ${dirname(dirname(main))}`,
    );
    process.exitCode = 1;
    return;
  }
  // As it was called, be that by a link: what it tells to type begins so.
  const typed = process.argv[1];
  const entry = typed !== undefined && realpathSync(typed) === launcher ? typed : launcher;
  const heap = process.execArgv.filter((flag) => HEAP_FLAG.test(flag));
  const child = spawn(node, [...heap, entry, ...process.argv.slice(2)], { stdio: "inherit" });
  // Ctrl-C reaches the child by itself: a terminal signals the whole foreground group, and a
  // second SIGINT would force the daemon to exit. One sent to this process alone is passed on.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`error: cannot start ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

function findNode(from) {
  for (let folder = from;; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", ".bin", "node");
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}
