// How systemd starts the daemon and sees to it: a unit of the user, or of the machine where root asks.

import { existsSync, rmSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { makeDirectory } from "../../server/directories.ts";
import { replaceFile } from "../../server/home-files.ts";
import { type Ask, ask, demand } from "./command.ts";
import type { Manager } from "./manager.ts";
import { serviceName } from "./name.ts";
import { launcher } from "./program.ts";
import { unitText } from "./systemd-unit.ts";

/** Lines of the journal that a failed start shows. */
const TOLD_LINES = 5;

export interface SystemdTerms {
  home: string;
  ofSystem: boolean;
  /** Where units are. */
  folder: string;
  asking?: Ask;
}

/** Why systemd cannot be had here; undefined where it can. */
export async function systemdLacking(asking: Ask = ask): Promise<string | undefined> {
  if (!existsSync("/run/systemd/system")) {
    return "systemd does not run this machine (it is not PID 1)";
  }
  if (isRoot()) return undefined;
  const { code, stderr } = await asking([...userCommand(), "show-environment"])
    .catch((error: Error) => ({ code: 1, stderr: error.message }));
  if (code === 0) return undefined;
  return `this user's systemd cannot be reached (${stderr.trim().split("\n")[0]})`;
}

/** Of the machine for root, else of the user. */
export function systemdHere(home: string): Manager {
  const ofSystem = isRoot();
  const config = process.env.XDG_CONFIG_HOME || join(homedir(), ".config");
  const folder = ofSystem ? "/etc/systemd/system" : join(config, "systemd/user");
  return systemd({ home, ofSystem, folder });
}

export function systemd({ home, ofSystem, folder, asking = ask }: SystemdTerms): Manager {
  const unit = `${serviceName(home)}.service`;
  const file = join(folder, unit);
  const control = ofSystem ? ["systemctl"] : userCommand();
  const journal = [
    "journalctl",
    ...(ofSystem ? [] : ["--user"]),
    "-u",
    unit,
    "--no-pager",
    "-o",
    "cat",
  ];
  const systemctl = (...words: string[]) => demand(asking, [...control, ...words]);
  const shown = async (name: string) =>
    (await systemctl("show", unit, "--property", name, "--value")).trim();
  return {
    kind: "systemd",
    because: ofSystem ? "root installs for the machine" : "systemd runs this user's services",
    definition: () => existsSync(file) ? file : undefined,
    startsByItself: async () => (await asking([...control, "is-enabled", unit])).code === 0,
    async pid() {
      const pid = Number(await shown("MainPID"));
      return pid > 0 ? pid : undefined;
    },
    async install() {
      makeDirectory(folder, "XDG_CONFIG_HOME");
      const command = [...launcher(), "serve"];
      replaceFile(file, unitText({ home, command, path: process.env.PATH ?? "", ofSystem }), 0o644);
      await systemctl("daemon-reload");
      await systemctl("enable", unit);
      return ofSystem ? [AS_ROOT] : await linger(asking);
    },
    async uninstall() {
      await systemctl("disable", unit);
      rmSync(file, { force: true });
      await systemctl("daemon-reload");
    },
    async start() {
      // Starts that failed before are no reason not to try.
      await asking([...control, "reset-failed", unit]);
      await systemctl("start", unit);
      return {
        async failure() {
          const result = await shown("Result");
          if (result === "success") return undefined;
          const { stdout } = await asking([...journal, "-n", String(TOLD_LINES)]);
          return `the daemon ended at once (${result}): ${stdout.trim()}`;
        },
      };
    },
    stop: async () => void await systemctl("stop", unit),
    log: { command: journal, lines: (count) => ["-n", String(count)], follow: ["-f"] },
  };
}

const AS_ROOT = "the daemon runs as root, and so do the programs of its workflows: a user's own " +
  "service is installed by that user";

/** Without it a user's services begin with the first session and end with the last. */
async function linger(asking: Ask): Promise<string[]> {
  const { username } = userInfo();
  const { code } = await asking(["loginctl", "enable-linger", username])
    .catch(() => ({ code: 1 }));
  if (code === 0) return [];
  return [
    "it starts when you log in, and ends with your last session; to have it run always: " +
    `sudo loginctl enable-linger ${username}`,
  ];
}

function userCommand(): string[] {
  const { uid } = userInfo();
  const runtime = `/run/user/${uid}`;
  const lacks = !process.env.XDG_RUNTIME_DIR && existsSync(runtime);
  return [...(lacks ? ["env", `XDG_RUNTIME_DIR=${runtime}`] : []), "systemctl", "--user"];
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
