// What a program of a workflow is held in: what the settings ask for, as far as this machine has it.

import { OpcodeError } from "../../core/errors.ts";
import type { Guard, Isolation, IsolationReport, IsolationRow } from "../../core/isolation.ts";
import { type Means, openCell } from "./cell.ts";
import type { Finding } from "./finding.ts";
import { CONTROLLERS, type Places } from "./groups/places.ts";
import { type Probes, theProbes } from "./probes.ts";
import type { IsolationSettings } from "./settings.ts";

const ALL: readonly Guard[] = [
  "tree",
  "memory",
  "memory_per_process",
  "cpu",
  "pids",
  "network",
  "filesystem",
  "processes",
];

/** What makes a guard wanted, for whoever is refused for want of it. */
export const ASKED_BY: Record<Guard, string> = {
  tree: "isolation",
  memory: "shell.max_memory",
  memory_per_process: "shell.max_memory",
  cpu: "shell.max_cpu",
  pids: "shell.max_pids",
  network: "shell.network",
  filesystem: "shell.root",
  processes: "shell.processes",
};

/** Nothing is tried before a program or a table needs it. Undefined where nothing is to be held. */
export function createIsolation(
  settings: IsolationSettings,
  probes: Probes = theProbes(),
): Isolation | undefined {
  if (settings.mode === "off") return undefined;
  const wanted = guardsOf(settings);
  return {
    cell: async (command) => {
      const found = await findings(wanted, probes);
      const report = reportOf(wanted, found);
      if (settings.mode === "required" && report.unavailable.length > 0) {
        throw refusal(report.unavailable, found);
      }
      return openCell(command, report, { settings, ...await meansOf(report, probes) });
    },
    table: () => tableOf(wanted, probes),
  };
}

/** The guards, each tried on this machine once, whether or not `settings` ask for it. */
export function isolationTable(
  settings: IsolationSettings,
  probes: Probes = theProbes(),
): Promise<IsolationRow[]> {
  return tableOf(settings.mode === "off" ? [] : guardsOf(settings), probes);
}

/** What the settings ask for; `tree` is asked of every program. */
export function guardsOf(settings: IsolationSettings): Guard[] {
  const { maxMemory, maxCpu, maxPids, network, root, processes } = settings;
  const guards: [Guard, boolean][] = [
    ["tree", true],
    ["memory", maxMemory > 0],
    ["cpu", maxCpu > 0],
    ["pids", maxPids > 0],
    ["network", !network],
    ["filesystem", root === "read_only"],
    // Whoever sees another's /proc sees that one's files, too; macOS has none.
    ["processes", processes === "own" || (root === "read_only" && process.platform !== "darwin")],
  ];
  return guards.filter(([, asked]) => asked).map(([guard]) => guard);
}

type Findings = Map<Guard, Finding>;

async function findings(guards: readonly Guard[], probes: Probes): Promise<Findings> {
  // The limit of each process stands in for that of all.
  const asked = guards.includes("memory") ? [...guards, "memory_per_process" as const] : guards;
  const found: Findings = new Map();
  for (const guard of asked) found.set(guard, await probes.of(guard));
  return found;
}

function reportOf(wanted: readonly Guard[], found: Findings): IsolationReport {
  const holds = (guard: Guard) => found.get(guard)?.available === true;
  const enforced = wanted.filter(holds);
  if (wanted.includes("memory") && !holds("memory") && holds("memory_per_process")) {
    enforced.push("memory_per_process");
  }
  return { enforced, unavailable: wanted.filter((guard) => !holds(guard)) };
}

/** What the guards that hold are held with. */
async function meansOf({ enforced }: IsolationReport, probes: Probes): Promise<Means> {
  const places: Places = {};
  for (const controller of CONTROLLERS) {
    const place = enforced.includes(controller) ? await probes.place(controller) : undefined;
    if (place) places[controller] = place;
  }
  return { prlimit: await probes.prlimit(), places };
}

function refusal(unavailable: readonly Guard[], found: Findings): OpcodeError {
  const told = unavailable.map((guard) => {
    const { by, remedy } = found.get(guard)!;
    return `${guard} (${ASKED_BY[guard]}): ${by}${remedy === undefined ? "" : `; ${remedy}`}`;
  });
  return new OpcodeError(
    "ISOLATION_ERROR",
    `not started, because isolation is required and this machine does not have ${told.join("; ")}`,
    { details: { unavailable: [...unavailable], setting: "isolation", retryable: false } },
  );
}

async function tableOf(wanted: readonly Guard[], probes: Probes): Promise<IsolationRow[]> {
  const found = await findings(ALL, probes);
  const row = (guard: Guard) => {
    const { available, by, remedy } = found.get(guard)!;
    const asked = wanted.includes(guard);
    return { guard, asked, available, by, ...(remedy !== undefined && { remedy }) };
  };
  return ALL.map(row);
}
