// What ends the programs of a daemon that has died without doing so itself: a shell that waits for that.

import { spawn } from "node:child_process";
import type { Writable } from "node:stream";

/**
 * Reads `+ GROUP` and `- GROUP`. When nobody is left to write, the groups that are noted get SIGTERM
 * and, after $1 seconds, SIGKILL. It is deaf to what ends the daemon's own group.
 */
const SCRIPT = `trap '' TERM INT HUP
groups=' '
while read -r what group; do
  case $what in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
[ "$groups" = ' ' ] && exit
for group in $groups; do kill -TERM "-$group"; done
sleep "$1"
for group in $groups; do kill -KILL "-$group"; done`;

export interface Supervisor {
  begun(leader: number): void;
  over(leader: number): void;
  /** Lets it end; groups that are noted still are ended by it. */
  close(): void;
}

/** Started before any program, so that none runs unnoted. Where there is no shell it does nothing. */
export function createSupervisor(graceMs: number): Supervisor {
  const pipe = start(graceMs);
  return {
    begun: (leader) => void pipe.write(`+ ${leader}\n`),
    over: (leader) => void pipe.write(`- ${leader}\n`),
    close: () => void pipe.end(),
  };
}

function start(graceMs: number): Writable {
  const child = spawn("/bin/sh", ["-c", SCRIPT, "opcode-supervisor", String(graceMs / 1_000)], {
    cwd: "/",
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin" },
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.on("error", () => {});
  child.unref();
  const { stdin } = child;
  // It was killed: from now on nobody takes care, as where there is no shell.
  stdin.on("error", () => {});
  (stdin as unknown as { unref?: () => void }).unref?.();
  return stdin;
}
