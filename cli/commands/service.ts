// What `opcode service` does: shows, starts, stops and takes away what runs the daemon of this data directory.

import { homeOf } from "../../server/settings/load.ts";
import { hint } from "../hint.ts";
import { choiceOf } from "../option-values.ts";
import { healthOf, refuseUrl } from "../own-daemon.ts";
import { printJson, printLine, printNote } from "../print.ts";
import { runs } from "../service/runs.ts";
import { takeCompletions } from "../shells/put.ts";
import { showLog } from "../service/show-log.ts";
import { type Service, serviceOf, type ServiceStatus } from "../service/service.ts";
import { UsageError } from "../usage-error.ts";
import { SERVICE_VERBS } from "../verbs.ts";

const LINES = 100;

export interface ServiceFlags {
  json?: boolean;
  url?: string;
  /** Whether the exit code of `status` says how the daemon is. */
  check?: boolean;
  follow?: boolean;
  lines?: string;
}

/** `status` answers 0 whether a daemon runs or not, unless it is to `check`; the other verbs throw EXECUTION_ERROR for what failed. */
export async function service(verb: string, flags: ServiceFlags): Promise<number> {
  choiceOf("VERB", SERVICE_VERBS)(verb);
  refuseUrl(`service ${verb}`, flags.url);
  for (const name of ["follow", "lines"] as const) {
    if (flags[name] !== undefined && verb !== "logs") {
      throw new UsageError(`--${name}: is only of service logs, not of service ${verb}`);
    }
  }
  if (flags.check && verb !== "status") {
    throw new UsageError(`--check: is only of service status, not of service ${verb}`);
  }
  const home = homeOf(process.env);
  const own = await serviceOf(home);
  if (verb === "status") {
    const status = await own.status();
    tellStatus(status, flags);
    return flags.check && !await isWell(status) ? 1 : 0;
  }
  if (verb === "logs") {
    if (flags.json) {
      throw new UsageError("service logs: takes no --json: its lines are as the daemon wrote them");
    }
    return await showLog(own.log, {
      lines: Number(flags.lines ?? LINES),
      follow: flags.follow === true,
    });
  }
  const { answer, told } = await change(verb, own, home);
  if (flags.json) printJson({ home, kind: own.kind, ...answer });
  else for (const line of told) printLine(line);
  return 0;
}

async function change(
  verb: string,
  own: Service,
  home: string,
): Promise<{ answer: object; told: string[] }> {
  switch (verb) {
    case "start":
    case "restart": {
      const daemon = await own[verb]();
      return { answer: { daemon }, told: [runs(home, daemon)] };
    }
    case "stop": {
      const stopped = await own.stop();
      return {
        answer: { stopped },
        told: [stopped ? `stopped the daemon of ${home}` : `no daemon runs for ${home}`],
      };
    }
    default: {
      const uninstalled = await own.uninstall();
      const removed = takeCompletions();
      return {
        answer: { uninstalled, removed },
        told: [
          uninstalled
            ? `the service of ${home} is stopped and taken away`
            : `no service is installed for ${home}; no daemon runs for it now`,
          ...removed.map((file) => `removed ${file}`),
          `its data are still there: ${home}`,
        ],
      };
    }
  }
}

async function isWell({ daemon }: ServiceStatus): Promise<boolean> {
  return daemon !== null && await healthOf(daemon.url) === "serves";
}

function tellStatus(status: ServiceStatus, flags: ServiceFlags): void {
  if (flags.json) return printJson(status);
  const { kind, because, home, definition, starts_by_itself, daemon } = status;
  printLine(`service: ${kind} (${because})`);
  if (definition !== null) {
    const when = starts_by_itself ? "starts by itself" : "does not start by itself";
    printLine(`definition: ${definition}; ${when}`);
  }
  if (daemon === null) {
    printLine(`daemon: none runs for ${home}`);
    printNote(`${hint("service", "start")} starts one`);
    return;
  }
  printLine(`daemon: ${runs(home, daemon).replace(/^the daemon of /, "")}`);
  if (definition !== null && !daemon.by_service) {
    printNote(
      `this daemon was not started by the service; ${
        hint("service", "restart")
      } has the service start it`,
    );
  }
}
