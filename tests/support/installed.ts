// An installed binary in tests: at home in a directory of its own, with a service that is a process in the background.

import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseJson } from "../../core/exact-json.ts";
import { readDaemonFile } from "../../server/home-files.ts";
import { BINARY_VERSION, theBinary } from "./binary.ts";
import { type Cleanup, endDaemonOf, tempHome } from "./daemon.ts";
import { type CliResult, runCli } from "./cli.ts";
import type { Releases } from "./releases.ts";

export interface Installed {
  home: string;
  bin: string;
  executable: string;
  env: Record<string, string>;
  run(args: string[]): Promise<CliResult>;
  json(args: string[]): Promise<any>;
  /** The version that answers as the daemon; undefined while none does. */
  running(): string | undefined;
}

/** One with a service that runs, whose releases are those of the server. */
export async function installed(t: Cleanup, served: Releases): Promise<Installed> {
  const binary = await theBinary();
  const place = tempHome(t);
  const [bin, home] = [join(place, "bin"), join(place, "data")];
  mkdirSync(bin);
  const executable = join(bin, "opcode");
  copyFileSync(binary, executable);
  const env = {
    HOME: place,
    OPCODE_HOME: home,
    OPCODE_LISTEN_ADDR: "127.0.0.1:0",
    OPCODE_RELEASES_URL: served.url,
  };
  const run = (args: string[]) => runCli(args, { env, binary: executable, cwd: place });
  endDaemonOf(t, home);
  return {
    home,
    bin,
    executable,
    env,
    run,
    json: async (args) => parseJson((await run([...args, "--json"])).stdout),
    running: () => readDaemonFile(home)?.version,
  };
}

/** The test's binary as another version of it would be: of the same length, so that all stays where it is. */
export async function binaryOf(version: string): Promise<Buffer> {
  if (version.length !== BINARY_VERSION.length) throw new Error("of another length");
  const bytes = readFileSync(await theBinary());
  const [from, to] = [BINARY_VERSION, version].map((text) => Buffer.from(text));
  for (let at = bytes.indexOf(from!); at >= 0; at = bytes.indexOf(from!, at)) to!.copy(bytes, at);
  return bytes;
}

/** A program that passes its self-check, and does `serve` (shell) when it is to serve. */
export function pretending(version: string, serve: string, check = "true"): string {
  const report = JSON.stringify({ version, ok: true, checks: [], layouts: null });
  return [
    "#!/bin/sh",
    'case "$1" in',
    `version) echo ${version} ;;`,
    `self-check) ${check}; echo '${report}' ;;`,
    `serve) ${serve} ;;`,
    "esac",
    "",
  ].join("\n");
}
