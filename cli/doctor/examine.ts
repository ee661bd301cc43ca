// What the doctor finds: all that is looked at, in the order in which it is told.

import { homeOf, loadSettings } from "../../server/settings/load.ts";
import { ownDaemon } from "../own-daemon.ts";
import { DATA } from "./data.ts";
import { type Examination, fault, type Finding, type Patient } from "./finding.ts";
import { ISOLATION } from "./isolation.ts";
import { PROGRAM } from "./program.ts";
import { REACH } from "./reach.ts";

const ALL: readonly Examination[] = [...PROGRAM, ...REACH, ...DATA, ...ISOLATION];

/** Of a data directory; settings that cannot be read are the only finding then. */
export async function examine(env: NodeJS.ProcessEnv, now: number): Promise<Finding[]> {
  let settings: Patient["settings"];
  try {
    settings = loadSettings({ env });
  } catch (error) {
    const remedy = `mend them: no daemon starts with them, and one that runs keeps what it has`;
    return [{ name: "settings", ...fault((error as Error).message, remedy) }];
  }
  const findings: Finding[] = [];
  const own = await ownDaemon(homeOf(env)).catch((error: Error) => error);
  if (own instanceof Error) findings.push({ name: "daemon", ...fault(own.message) });
  const daemon = !(own instanceof Error) && own.state === "there" ? own.daemon : undefined;
  for (const { name, look } of ALL) {
    try {
      const said = await look({ settings, env, daemon, now });
      for (const one of [said].flat()) findings.push({ name, ...one as Omit<Finding, "name"> });
    } catch (error) {
      findings.push({ name, ...fault((error as Error).message) });
    }
  }
  return findings;
}
