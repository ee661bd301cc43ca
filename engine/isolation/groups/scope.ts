// Where groups can be made by a daemon that shares its own with others: in a scope of systemd, which one process keeps open.
//
// `systemd-run --scope` puts itself into a new group, which it has for its own (Delegate=yes), and becomes
// a shell that waits for the end of its input: that of the daemon's pipe, so that the scope goes with the
// daemon, or with the last program in it. A daemon of root puts programs there itself. Another may not
// take them out of the group of a session; systemd does that for it, when asked over its bus.

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { quote } from "../mount-table.ts";
import { readProc } from "../processes.ts";
import { findTool } from "../tools.ts";
import { CONTROLLERS, hasController, type Place, type Places, placesIn } from "./places.ts";

/** How long systemd may take, ms. */
const PATIENCE_MS = 10_000;

export interface Scope {
  places: Places;
  /** Resolves when it is no more. */
  lost: Promise<void>;
}

/** Whether systemd runs this machine. */
export function hasSystemd(): boolean {
  return existsSync("/run/systemd/system");
}

let opened: Promise<Scope> | undefined;

/** That of this process, for all that ask: opened when it is asked for, and again when it was lost. */
export function theScope(): Promise<Scope> {
  if (opened === undefined) {
    const asked = opened = openScope();
    const forget = () => void (opened === asked && (opened = undefined));
    asked.then(({ lost }) => lost.then(forget), forget);
  }
  return opened;
}

/** `run`: systemd-run. Rejects, with the reason, where none can be had. */
export async function openScope(run = findTool("systemd-run")): Promise<Scope> {
  if (run === undefined) throw new Error("there is no systemd-run");
  const isRoot = process.getuid!() === 0;
  const busctl = isRoot ? undefined : findTool("busctl");
  if (!isRoot && busctl === undefined) throw new Error("there is no busctl");
  const [word] = randomUUID().split("-");
  const unit = `opcode-${process.pid}-${word}.scope`;
  const child = spawn(run, [
    ...(isRoot ? [] : ["--user"]),
    ...["--scope", "--quiet", "--collect", `--unit=${unit}`],
    // What all of them have together is bounded by nothing new.
    ...["--property=Delegate=yes", "--property=TasksMax=infinity"],
    ...["--", "/bin/sh", "-c", HOLD, "opcode-scope"],
  ], { cwd: "/", env: { PATH: SEARCHED, ...busOf() }, detached: true, stdio: "pipe" });
  const lost = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const own = await said(child);
  const found = placesIn({ own, mounts: readProc("self/mountinfo") }, hasController);
  const places: Places = {};
  for (const controller of CONTROLLERS) {
    const place = found[controller];
    if (place === undefined) continue;
    places[controller] = busctl === undefined
      ? place
      : { ...place, enter: entrance({ busctl, unit, place }) };
  }
  return { places, lost };
}

const SEARCHED = "/usr/sbin:/usr/bin:/sbin:/bin";

/** Of a shell, with no program beside it. The lines end with an empty one. */
const HOLD = 'while read -r line; do echo "$line"; done < /proc/self/cgroup; echo\n' +
  "exec > /dev/null 2>&1\nread -r line";

/** Where a user's systemd is asked. */
function busOf(): Record<string, string> {
  const uid = process.getuid!();
  if (uid === 0) return {};
  const runtime = process.env.XDG_RUNTIME_DIR || `/run/user/${uid}`;
  const bus = process.env.DBUS_SESSION_BUS_ADDRESS || `unix:path=${runtime}/bus`;
  return { XDG_RUNTIME_DIR: runtime, DBUS_SESSION_BUS_ADDRESS: bus };
}

/** A line of a shell for each group in the scope. */
function entrance(
  { busctl, unit, place }: { busctl: string; unit: string; place: Place },
): (dir: string) => string {
  const bus = Object.entries(busOf()).map(([name, value]) => `${name}=${quote(value)}`);
  const call = ["call", SYSTEMD, OBJECT, `${SYSTEMD}.Manager`, "AttachProcessesToUnit", "ssau"];
  return (dir) =>
    [
      ...[...bus, quote(busctl), "--user", "--quiet", ...call, quote(unit)],
      ...[quote(dir.slice(place.dir.length)), "1", "$$", "< /dev/null > /dev/null"],
    ].join(" ");
}

const SYSTEMD = "org.freedesktop.systemd1";
const OBJECT = "/org/freedesktop/systemd1";

/** What it says up to an empty line; nothing of it keeps this process alive then. */
function said(child: ChildProcess): Promise<string> {
  const { stdin, stdout, stderr } = child;
  let text = "";
  let failure = "";
  stdin!.on("error", () => {});
  stderr!.setEncoding("utf8").on("data", (more: string) => failure += more);
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`systemd has made no scope in ${PATIENCE_MS / 1_000} s`));
    }, PATIENCE_MS);
    child.once("error", reject);
    child.once("close", () => {
      clearTimeout(late);
      reject(new Error(failure.trim().split("\n").at(-1) || "systemd-run has made no scope"));
    });
    stdout!.setEncoding("utf8").on("data", (more: string) => {
      text += more;
      if (!text.endsWith("\n\n")) return;
      clearTimeout(late);
      child.unref();
      (stdin as unknown as { unref?: () => void }).unref?.();
      stdout!.destroy();
      stderr!.destroy();
      resolve(text);
    });
  });
}
