// Who keeps namespaces open for one program: the first process in them, which ends with the daemon.
//
// A shell as process 1 of a PID namespace: it makes the mounts, says so, and waits for the end of its
// input. The daemon closes that, or dies; then what runs there has its grace, and when process 1 ends
// the kernel kills whatever is left, however it has detached.

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { prepareMounts } from "./mount-stage.ts";
import { quote } from "./mount-table.ts";
import { readMounts } from "./mountinfo.ts";
import { ownTmp, stillWritable, type View } from "./mounts.ts";
import { childOf, readProc } from "./processes.ts";
import { notEntered, type Spaces } from "./space.ts";

export interface Holder {
  /** Of process 1 of the namespaces, as the daemon sees it. */
  pid: number;
  /** Ends it at once, with all that still runs there. */
  close(): void;
}

/** Rejects with ISOLATION_ERROR where the namespaces, or a mount in them, cannot be had. */
export async function openHolder(
  { network, view }: Spaces,
  unshare: string,
  { isRoot, graceMs }: { isRoot: boolean; graceMs: number },
): Promise<Holder> {
  const { lines, clear } = prepareMounts(
    view,
    readMounts(readFileSync("/proc/self/mountinfo", "utf8")),
  );
  try {
    const child = spawn(unshare, [
      ...(isRoot ? [] : ["--user", "--map-root-user"]),
      ...["--mount", "--propagation=private", "--ipc", "--pid", "--fork", "--kill-child"],
      ...(network ? ["--net"] : []),
      ...["--", "/bin/sh", "-c", script(lines, graceMs), "opcode-holder"],
    ], { cwd: "/", env: { PATH: SEARCHED }, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    const close = () => void child.kill("SIGKILL");
    try {
      await ready(child);
      const pid = childOf(child.pid!);
      if (pid === undefined) throw notEntered("its first process has ended");
      if (view) assertReadOnly(pid, view);
      return { pid, close };
    } catch (error) {
      close();
      throw error;
    }
  } finally {
    clear();
  }
}

const SEARCHED = "/usr/sbin:/usr/bin:/sbin:/bin";

function script(mountLines: readonly string[], graceMs: number): string {
  return [
    "set -e",
    "trap '' TERM INT HUP",
    ...mountLines,
    "echo ready",
    "exec > /dev/null 2>&1",
    "cat",
    `sleep ${quote(String(graceMs / 1_000))}`,
  ].join("\n");
}

/** Nothing of it keeps this process alive. */
function ready(child: ChildProcess): Promise<void> {
  const pipes = [child.stdin!, child.stdout!, child.stderr!];
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => said += text);
  child.stdin!.on("error", () => {});
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(notEntered(error.message)));
    child.once("close", () => reject(notEntered(said.trim().split("\n")[0] || "no reason")));
    child.stdout!.once("data", () => {
      child.unref();
      for (const pipe of pipes) (pipe as unknown as { unref?: () => void }).unref?.();
      child.stdout!.destroy();
      child.stderr!.destroy();
      resolve();
    });
  });
}

/** What the shell was told to do is one thing, what came of it another. */
function assertReadOnly(pid: number, view: View): void {
  const hidden = view.hidden.map(({ path }) => path);
  const kept = [...view.writable, ...hidden, ...(ownTmp(view) ? ["/tmp"] : [])];
  const [left] = stillWritable(readMounts(readProc(`${pid}/mountinfo`)), kept);
  if (left) throw notEntered(`${left.at} stays writable`);
}
