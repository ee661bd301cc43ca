// How launchd starts the daemon and sees to it on macOS: an agent of the user, from login on.

import { existsSync, rmSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { makeDirectory } from "../../server/directories.ts";
import { replaceFile } from "../../server/home-files.ts";
import { type Ask, ask, demand } from "./command.ts";
import { plistText } from "./launchd-plist.ts";
import { lastWords, logFile } from "./log-file.ts";
import type { Manager } from "./manager.ts";
import { serviceName } from "./name.ts";
import { launcher } from "./program.ts";

export interface LaunchdTerms {
  home: string;
  /** The user's home. */
  directory?: string;
  uid?: number;
  asking?: Ask;
}

export function launchd(
  { home, directory = homedir(), uid = userInfo().uid, asking = ask }: LaunchdTerms,
): Manager {
  const label = `${serviceName(home)}.daemon`;
  const file = join(directory, "Library/LaunchAgents", `${label}.plist`);
  const domain = `gui/${uid}`;
  const log = logFile(home);
  const printed = () => asking(["launchctl", "print", `${domain}/${label}`]);
  const isLoaded = async () => (await printed()).code === 0;
  const unload = async () => {
    if (await isLoaded()) await demand(asking, ["launchctl", "bootout", `${domain}/${label}`]);
  };
  const pid = async () => {
    const found = /^\s*pid = (\d+)$/m.exec((await printed()).stdout)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  return {
    kind: "launchd",
    because: "launchd runs this user's agents",
    definition: () => existsSync(file) ? file : undefined,
    startsByItself: () => Promise.resolve(existsSync(file)),
    pid,
    install() {
      makeDirectory(dirname(file), "HOME");
      makeDirectory(home, "OPCODE_HOME");
      const command = [...launcher(), "serve"];
      const path = process.env.PATH ?? "";
      replaceFile(file, plistText({ label, home, command, path, directory, log }), 0o644);
      return Promise.resolve([]);
    },
    async uninstall() {
      await unload();
      rmSync(file, { force: true });
    },
    async start() {
      // It runs what was read when it was loaded, which may have been another definition.
      await unload();
      const from = lastWords(log);
      await demand(asking, ["launchctl", "bootstrap", domain, file]);
      return {
        async failure() {
          const { stdout } = await printed();
          const code = /^\s*last exit code = ([1-9]\d*)/m.exec(stdout)?.[1];
          if (code === undefined || await pid() !== undefined) return undefined;
          return `the daemon ended at once (exit code ${code}): ${from()}`;
        },
      };
    },
    stop: unload,
    log: { file: log },
  };
}
