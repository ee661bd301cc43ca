// What ends the programs of a daemon that has died without doing so itself: a shell that waits for that.

import { type ChildProcess, spawn } from "node:child_process";

/**
 * Reads `+ GROUP`, `t GROUP` for one that was told to end, and `- GROUP`. When nobody is left to
 * write, the groups that are noted get SIGTERM, unless they were told: many programs take a second
 * one for haste. After $1 seconds, or those of the last `g SECONDS`, all get SIGKILL. It is deaf to what ends the daemon's own group.
 */
const SCRIPT = `trap '' TERM INT HUP
groups=' '
told=' '
grace=$1
while read -r what group; do
  case $what in
    +) groups="$groups$group " ;;
    g) grace=$group ;;
    *)
      case $groups in
        *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;;
      esac
      case $told in
        *" $group "*) told="\${told%% $group *} \${told#* $group }" ;;
      esac
      [ "$what" = t ] && told="$told$group "
      ;;
  esac
done
[ "$groups$told" = '  ' ] && exit
for group in $groups; do kill -TERM "-$group"; done
sleep "$grace"
for group in $groups $told; do kill -KILL "-$group"; done`;

export interface Supervisor {
  begun(leader: number): void;
  /** It has got its SIGTERM. */
  told(leader: number): void;
  over(leader: number): void;
  /** How long they have to end from then on, ms. */
  grace(ms: number): void;
  /** Whether there is anybody to end them. */
  lives(): boolean;
  /** Lets it end; groups that are noted still are ended by it. */
  close(): void;
}

/** Started before any program, so that none runs unnoted. Where there is no shell it does nothing. */
export function createSupervisor(graceMs: number): Supervisor {
  const child = start(graceMs);
  const pipe = child.stdin!;
  return {
    begun: (leader) => void pipe.write(`+ ${leader}\n`),
    told: (leader) => void pipe.write(`t ${leader}\n`),
    over: (leader) => void pipe.write(`- ${leader}\n`),
    grace: (ms) => void pipe.write(`g ${ms / 1_000}\n`),
    lives: () => child.pid !== undefined && child.exitCode === null && child.signalCode === null,
    close: () => void pipe.end(),
  };
}

function start(graceMs: number): ChildProcess {
  const child = spawn("/bin/sh", ["-c", SCRIPT, "opcode-supervisor", String(graceMs / 1_000)], {
    cwd: "/",
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin" },
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.on("error", () => {});
  child.unref();
  const stdin = child.stdin!;
  // It was killed: from now on nobody takes care, as where there is no shell.
  stdin.on("error", () => {});
  (stdin as unknown as { unref?: () => void }).unref?.();
  return child;
}
