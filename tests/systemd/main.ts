// `npm run systemd [-- PATTERN…]`: tests of control groups on a machine of its own, whose PID 1 is systemd.
//
// The machine is User-Mode Linux: a kernel that runs as a program, without virtualization or a change to
// this system, with all controllers in cgroups v2. Its files are a Debian in node_modules/.cache, made
// once (some minutes); it sees this checkout. It is slow: a test takes about ten times as long.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findTool } from "../../engine/isolation/tools.ts";

const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
const ROOT = join(CHECKOUT, "node_modules/.cache/systemd-root");
/** What is run on it, and what comes of that. */
const JOB = join(ROOT, "job");
const PACKAGES =
  "systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,libatomic1,curl,procps";
/** Of the whole machine, where others use this one, too. */
const MOST_MS = 90 * 60_000;
const LOOK_MS = 200;

/** How a test is started there: as the only program of a service, beside others, in a user's session. */
const WAYS = {
  service: (line: string) => `systemd-run --wait --pipe --quiet --collect -p Delegate=yes ${line}`,
  beside: (line: string) => `systemd-run --wait --pipe --quiet --collect sh -c '${line}; exit $?'`,
  session: (line: string) => `su - op -c '${line}; exit $?'`,
};

const TESTS: [pattern: string, ways: (keyof typeof WAYS)[]][] = [
  ["tests/engine/isolation/groups/scope.test.ts", ["beside", "session"]],
  ["tests/engine/isolation/groups/groups.test.ts", ["service", "beside", "session"]],
];

async function runAll(patterns: readonly string[]): Promise<number> {
  makeRoot();
  const lines = TESTS.flatMap(([pattern, ways]) =>
    globSync(pattern, { cwd: CHECKOUT }).sort().flatMap((file) =>
      ways.map((way) => ({ name: `${file} (${way})`, line: WAYS[way](lineOf(file)) }))
    )
  ).filter(({ name }) => patterns.length === 0 || patterns.some((part) => name.includes(part)));
  if (lines.length === 0) {
    console.error(`no test has ${patterns.join(" or ")} in its name`);
    return 2;
  }
  rmSync(JOB, { recursive: true, force: true });
  mkdirSync(JOB);
  writeFileSync(join(JOB, "run"), jobText(lines));
  return await boot();
}

function lineOf(file: string): string {
  return `/usr/bin/env -C ${CHECKOUT} ${process.execPath} ${file}`;
}

/** A Debian, once; what stands in it of ours, each time. */
function makeRoot(): void {
  if (!existsSync(join(ROOT, "made"))) {
    console.log("making the files of the machine (some minutes, once)");
    rmSync(ROOT, { recursive: true, force: true });
    mkdirSync(dirname(ROOT), { recursive: true });
    const options = ["--variant=minbase", `--include=${PACKAGES}`, "bookworm", ROOT];
    execFileSync("debootstrap", options, { stdio: ["ignore", "ignore", "inherit"] });
    execFileSync("chroot", [ROOT, "useradd", "-M", "-d", "/var/op", "-s", "/bin/bash", "op"]);
    // Nothing there has hardware, or a day.
    for (const unit of IDLE) symlinkSync("/dev/null", join(ROOT, "etc/systemd/system", unit));
    symlinkSync(
      "../job.service",
      join(ROOT, "etc/systemd/system/multi-user.target.wants/job.service"),
    );
    writeFileSync(join(ROOT, "made"), "");
  }
  writeFileSync(join(ROOT, "etc/systemd/system/job.service"), UNIT);
  writeFileSync(join(ROOT, "etc/machine-id"), "");
}

const IDLE = [
  ...["apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "fstrim.timer"],
  ...["e2scrub_all.timer", "e2scrub_reap.service", "getty@tty1.service"],
  ...["systemd-udevd.service", "systemd-udev-trigger.service"],
];

const UNIT = `[Unit]
After=dbus.service systemd-logind.service systemd-user-sessions.service
[Service]
ExecStart=/bin/bash /job/run
StandardOutput=file:/job/out
StandardError=inherit
KillMode=process
Environment=HOME=/root
`;

function jobText(lines: readonly { name: string; line: string }[]): string {
  const seen = new Set([CHECKOUT, dirname(process.execPath)]);
  return [
    // A file of this machine belongs to root, whoever makes it there.
    ...["/tmp", "/var/tmp", "/var/op"].map((path) =>
      `mkdir -p ${path} && mount -t tmpfs none ${path}`
    ),
    "chown op: /var/op",
    ...[...seen].map((path) => `mkdir -p ${path} && mount -t hostfs none ${path} -o ${path}`),
    "failed=0",
    ...lines.map(({ name, line }) => `echo '== ${name}'; timeout 1200 ${line} || failed=1`),
    "echo $failed > /job/code",
    "systemctl poweroff --force --force",
    "",
  ].join("\n");
}

/** Prints what the tests print, as it comes; returns the exit code. */
async function boot(): Promise<number> {
  const system = ["root=/dev/root", "rootfstype=hostfs", `rootflags=${ROOT}`, "rw"];
  const child = spawn("linux.uml", [
    ...["mem=3G", ...system, "init=/lib/systemd/systemd", "con=null", "con0=null,fd:2"],
  ], {
    // Its memory is a file.
    env: { ...process.env, TMPDIR: "/dev/shm" },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  let console_ = "";
  child.stderr.on("data", (text) => console_ = (console_ + text).slice(-4_000));
  const ended = once(child, "exit");
  const end = () => process.kill(-child.pid!, "SIGKILL");
  const late = setTimeout(end, MOST_MS);
  // It would go on alone.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      end();
      process.exit(1);
    });
  }
  let shown = 0;
  const show = () => {
    const out = existsSync(join(JOB, "out")) ? readFileSync(join(JOB, "out")) : Buffer.alloc(0);
    process.stdout.write(out.subarray(shown));
    shown = out.length;
  };
  while (child.exitCode === null && child.signalCode === null) {
    await Promise.race([ended, delay(LOOK_MS)]);
    show();
  }
  clearTimeout(late);
  if (!existsSync(join(JOB, "code"))) {
    console.error(`the machine has not done its work; its last words:\n${console_}`);
    return 1;
  }
  return Number(readFileSync(join(JOB, "code"), "utf8"));
}

const lacking = process.platform !== "linux"
  ? "only Linux has it"
  : process.getuid!() !== 0
  ? "only root makes a root file system"
  : ["linux.uml", "debootstrap"].filter((name) => findTool(name) === undefined).map((name) =>
    `there is no ${name} (apt-get install user-mode-linux debootstrap)`
  )[0];
if (lacking !== undefined) console.log(`skipped: ${lacking}`);
else process.exitCode = await runAll(process.argv.slice(2));
