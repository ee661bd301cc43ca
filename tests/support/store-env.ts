// `STORE=postgres npm test -- e2e`: the data of every directory that a test starts a daemon on are in a database of their own.

import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Where the directory of the shared server's socket is told. */
export const SHARED_SERVER = "OPCODE_TEST_POSTGRES";

/** Why a test of the database's file is left out; false while there is one. */
export const NO_FILE = process.env.STORE === "postgres" && "the data are in no file";

const SCRIPT = fileURLToPath(new URL("databases.ts", import.meta.url));

let isAboutFiles = false;

/** For a test file that is about the embedded store's own files: its daemons have those, always. */
export function aboutFiles(): void {
  isAboutFiles = true;
}

/** By data directory. */
const databases = new Map<string, string>();

/** The URL of a database of the server whose socket is in this directory. */
export function databaseUrl(socket: string, name: string): string {
  return `postgres://opcode@localhost/${name}?host=${socket}`;
}

/**
 * What the environment of a process with this data directory has beside what is given; nothing where the
 * test says itself where its data are, or the run is not of PostgreSQL.
 */
export function storeEnv(given: Readonly<Record<string, string>>): Record<string, string> {
  const { OPCODE_HOME: home, OPCODE_DB_PATH, OPCODE_STORE_URL } = given;
  if (process.env.STORE !== "postgres" || isAboutFiles || home === undefined) return {};
  if (OPCODE_DB_PATH !== undefined || OPCODE_STORE_URL !== undefined) return {};
  const socket = process.env[SHARED_SERVER];
  if (!socket) throw new Error(`STORE=postgres: npm test starts the server (${SHARED_SERVER})`);
  const name = `h${createHash("sha256").update(home).digest("hex").slice(0, 24)}`;
  if (!databases.has(home)) {
    if (databases.size === 0) process.once("exit", () => change(socket, "drop"));
    databases.set(home, name);
    change(socket, "create", [name]);
  }
  return { OPCODE_STORE_URL: databaseUrl(socket, name) };
}

function change(socket: string, what: "create" | "drop", names = [...databases.values()]): void {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, what, socket, ...names], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`no databases were made: ${stderr}`);
}
