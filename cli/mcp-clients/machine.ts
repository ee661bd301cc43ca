// Where this user's files are, and which clients a shell would find.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import type { Machine } from "./clients.ts";

/** A program that does not tell its version by then is not waited for, ms. */
const VERSION_MS = 5_000;

export const thisMachine: Machine = {
  home: homedir(),
  platform: process.platform,
  env: process.env,
  exists: existsSync,
  majorOf(program) {
    const told = spawnSync(program, ["--version"], {
      encoding: "utf8",
      timeout: VERSION_MS,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const major = /(?:^|\s)v?(\d+)\.\d+/.exec(told.stdout ?? "")?.[1];
    return major === undefined ? undefined : Number(major);
  },
};
