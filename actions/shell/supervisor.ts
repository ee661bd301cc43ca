// What ends the programs of a daemon that has died without doing so itself: a shell that waits for that.

import { type ChildProcess, spawn } from "node:child_process";

/**
 * Reads `+ NAME`, `t NAME` for one that was told to end, and `- NAME`, where NAME is GROUP/TAG. When
 * nobody is left to write, what is noted gets SIGTERM, unless it was told: many programs take a second
 * one for haste. After $1 seconds, or those of the last `g SECONDS`, all get
 * SIGKILL. It is deaf to what ends the daemon's own group.
 *
 * `members` prints what has the tag (see Cell) and lives, but not whom the group's signal reaches.
 * It looks again for what was started meanwhile, so often that only who never ends starting is left.
 */
const SCRIPT = `trap '' TERM INT HUP
members() {
  case $1 in */-) return ;; esac
  for file in $(grep -l "^Max realtime timeout  *\${1#*/} " /proc/[0-9]*/limits); do
    file=\${file%/limits}
    read -r stat < "$file/stat" && set -- "$1" \${stat##*) } || continue
    [ "$4" = "\${1%/*}" ] || [ "$2" = Z ] || [ "$2" = X ] || echo "\${file#/proc/}"
  done
}
end() {
  kill "-$1" "-\${2%/*}"
  for pid in $(members "$2"); do kill "-$1" "$pid"; done
}
names=' '
told=' '
grace=$1
while read -r what name; do
  case $what in
    +) names="$names$name " ;;
    g) grace=$name ;;
    *)
      case $names in
        *" $name "*) names="\${names%% $name *} \${names#* $name }" ;;
      esac
      case $told in
        *" $name "*) told="\${told%% $name *} \${told#* $name }" ;;
      esac
      [ "$what" = t ] && told="$told$name "
      ;;
  esac
done
[ "$names$told" = '  ' ] && exit
for name in $names; do end TERM "$name"; done
sleep "$grace"
for name in $names $told; do
  end KILL "$name"
  n=0
  while [ "$n" -lt 200 ] && [ -n "$(members "$name")" ]; do
    n=$((n + 1))
    end KILL "$name"
  done
done`;

/** What is to end, as it is noted: the group and the tag of its cell. */
export interface Named {
  leader: number;
  tag: string;
}

export interface Supervisor {
  begun(name: Named): void;
  /** It has got its SIGTERM. */
  told(name: Named): void;
  over(name: Named): void;
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
    begun: ({ leader, tag }) => void pipe.write(`+ ${leader}/${tag}\n`),
    told: ({ leader, tag }) => void pipe.write(`t ${leader}/${tag}\n`),
    over: ({ leader, tag }) => void pipe.write(`- ${leader}/${tag}\n`),
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
