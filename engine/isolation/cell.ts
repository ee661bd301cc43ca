// Where one program runs: what stands before it, what is found of it, and what is given back after it.

import { randomUUID } from "node:crypto";
import type { Cell, CellCommand, Guard, IsolationReport } from "../../core/isolation.ts";
import { toErrorObject } from "../../core/errors.ts";
import type { Alias } from "./alias.ts";
import { entering } from "./groups/enter.ts";
import { type Group, makeGroup } from "./groups/group.ts";
import type { Places } from "./groups/places.ts";
import { dataOptions } from "./probes.ts";
import { seatbelt } from "./seatbelt.ts";
import type { IsolationSettings } from "./settings.ts";
import { notHeld } from "./space.ts";
import { enter, type Entrance, findTools } from "./spaces.ts";
import { startFailure } from "./start-failure.ts";
import { newTag, taggedProcesses, tagOptions } from "./tag.ts";
import { viewOf } from "./view.ts";

/** With what guards are held. */
export interface Means {
  prlimit: Alias | undefined;
  places: Places;
}

/** ISOLATION_ERROR where what the report says is enforced cannot be had now. */
export async function openCell(
  command: CellCommand,
  report: IsolationReport,
  { settings, prlimit, places }: { settings: IsolationSettings } & Means,
): Promise<Cell> {
  const holds = (guard: Guard) => report.enforced.includes(guard);
  const tag = holds("tree") ? newTag() : undefined;
  const limits = [
    ...(tag === undefined ? [] : tagOptions(tag)),
    ...(holds("memory_per_process") ? dataOptions(settings.maxMemory) : []),
  ];
  const group = groupOf(settings, places);
  const entrance = await entranceOf(command, report, settings).catch((error) => {
    group?.remove();
    throw error;
  });
  // What the shims have to say of themselves begins with this name, which no program can know.
  const argv0 = group
    ? prlimit!.name()
    : limits.length + (entrance?.before.length ?? 0) > 0
    ? `opcode-${randomUUID()}`
    : command.command;
  const [first, ...args] = [
    ...(group
      ? [...entering(group.entries, { name: argv0, env: command.env }), prlimit!.path()]
      : limits.length > 0
      ? [prlimit!.target]
      : []),
    ...(limits.length > 0 ? [...limits, "--"] : []),
    ...entrance?.before ?? [],
    command.command,
    ...command.args,
  ];
  return {
    report,
    start: { command: first!, args, argv0 },
    tag: tag ?? "-",
    members: () => tag === undefined ? [] : taggedProcesses(tag),
    startFailure: (ended) => startFailure(ended, { ...command, argv0 }),
    met: () => group?.met() ?? [],
    end() {
      entrance?.close();
      group?.remove();
    },
  };
}

/** Undefined where nothing is bounded by one. */
function groupOf(
  { maxMemory, maxCpu, maxPids }: IsolationSettings,
  places: Places,
): Group | undefined {
  if (Object.keys(places).length === 0) return undefined;
  try {
    return makeGroup(places, { memory: maxMemory, cpu: maxCpu, pids: maxPids });
  } catch (error) {
    throw notHeld(`no control group can be made: ${toErrorObject(error).message}`);
  }
}

/** Undefined where nothing of the kind is asked for. */
async function entranceOf(
  { cwd }: CellCommand,
  { enforced }: IsolationReport,
  settings: IsolationSettings,
): Promise<Entrance | undefined> {
  const spaces = {
    network: enforced.includes("network"),
    processes: enforced.includes("processes"),
    view: enforced.includes("filesystem") ? viewOf(settings, cwd) : null,
  };
  if (!spaces.network && !spaces.processes && !spaces.view) return undefined;
  if (process.platform === "darwin") return { before: seatbelt(spaces), close() {} };
  return await enter(spaces, findTools()!, { cwd, graceMs: settings.graceMs });
}
