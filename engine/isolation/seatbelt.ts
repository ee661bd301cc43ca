// What holds a program on macOS: a profile that sandbox-exec lays on it. Written without a Mac at hand.

import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { toErrorObject } from "../../core/errors.ts";
import { type Finding, missing } from "./finding.ts";
import type { View } from "./mounts.ts";
import type { Spaces } from "./space.ts";
import { tryTool } from "./tools.ts";

const TOOL = "/usr/bin/sandbox-exec";

/** What programs write to that is no file of anybody. */
const DEVICES = '(literal "/dev/null") (literal "/dev/zero") (regex #"^/dev/(tty|fd/)")';

/** What stands before a program. Of two rules that fit the later one counts. */
export function seatbelt({ network, view }: Pick<Spaces, "network" | "view">): string[] {
  const rules = [
    "(version 1)",
    "(allow default)",
    ...(network ? ["(deny network*)"] : []),
    ...(view ? viewRules(view) : []),
  ];
  return [TOOL, "-p", rules.join("\n")];
}

/** Without a /tmp of its own: the system has no way to make one. */
function viewRules({ writable, hidden }: View): string[] {
  return [
    "(deny file-write*)",
    ...writable.map((path) => `(allow file-write* (subpath ${quoted(path)}))`),
    `(allow file-write* ${DEVICES})`,
    ...hidden.map(({ path, isDirectory }) =>
      `(deny file-read* file-write* (${isDirectory ? "subpath" : "literal"} ${quoted(path)}))`
    ),
  ];
}

function quoted(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** Each is tried by a program that does what it should not be able to, and one that does it unheld. */
export async function probeSeatbelt(guard: "network" | "filesystem"): Promise<Finding> {
  try {
    const view = { writable: [], hidden: [], cwd: "/" };
    return guard === "network"
      ? await withListener((port) =>
        differs(seatbelt({ network: true, view: null }), [
          "/usr/bin/nc",
          ...["-z", "-w", "2", "127.0.0.1", String(port)],
        ])
      )
      : await differs(seatbelt({ network: false, view }), ["/bin/sh", "-c", WRITES]);
  } catch (error) {
    return missing(`sandbox-exec: ${toErrorObject(error).message}`);
  }
}

const WRITES = 'file=$(mktemp "${TMPDIR:-/tmp}/opcode-probe.XXXXXX") && rm "$file"';

async function differs(before: string[], command: string[]): Promise<Finding> {
  const [bare, held] = [await tryTool(command), await tryTool([...before, ...command])];
  const alive = await tryTool([...before, "/usr/bin/true"]);
  if (!alive.ok) return missing(`sandbox-exec: ${alive.reason}`);
  return bare.ok && !held.ok
    ? { available: true, by: "a profile of sandbox-exec (opcode itself was not run on a Mac yet)" }
    : missing("a profile of sandbox-exec holds nothing here");
}

async function withListener<T>(work: (port: number) => Promise<T>): Promise<T> {
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return await work((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

/** Whether sandbox-exec says that it could not become the program (sysexits(3): EX_OSERR). */
export function seatbeltFailure(exitCode: number, said: string): string | undefined {
  if (exitCode !== 71 || !said.startsWith("sandbox-exec: execvp() of '")) return undefined;
  return said.includes("No such file or directory") ? "ENOENT" : "EACCES";
}
