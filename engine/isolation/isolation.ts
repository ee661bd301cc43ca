// What a program of a workflow is held in: what the settings ask for, as far as this machine has it.

import { randomUUID } from "node:crypto";
import { OpcodeError } from "../../core/errors.ts";
import type {
  Cell,
  CellCommand,
  Guard,
  Isolation,
  IsolationReport,
  IsolationRow,
} from "../../core/isolation.ts";
import type { Finding } from "./finding.ts";
import { createProbes, dataOptions, type Probes } from "./probes.ts";
import { enter, type Entrance, findTools } from "./spaces.ts";
import { startFailure } from "./start-failure.ts";
import { newTag, taggedProcesses, tagOptions } from "./tag.ts";
import { viewOf } from "./view.ts";

export interface IsolationSettings {
  /** `auto`: what can be had; `required`: all or nothing is started; `off`: nothing. */
  mode: "auto" | "off" | "required";
  /** Bytes of a program with all that it starts; 0: no limit. */
  maxMemory: number;
  /** Percent of one processor; 0: no limit. */
  maxCpu: number;
  /** Processes and threads at once; 0: no limit. */
  maxPids: number;
  /** Whether it has the machine's network. */
  network: boolean;
  /** Which processes it sees: `own`: its own, and when it ends those end. */
  processes: "all" | "own";
  /** Whether it may write where the daemon's user may, or only where `writable` says. */
  root: "writable" | "read_only";
  /** Absolute paths: where it may write when `root` does not let it elsewhere. */
  writable: readonly string[];
  /** Absolute paths that it does not see then. */
  hidden: readonly string[];
  /** How long it may take to end once the daemon has died, where a namespace ends it, ms. */
  graceMs: number;
}

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

/** What a daemon asks for whose settings say nothing. */
export const DEFAULT_ISOLATION: IsolationSettings = {
  mode: "auto",
  maxMemory: 0,
  maxCpu: 0,
  maxPids: 0,
  network: true,
  processes: "all",
  root: "writable",
  writable: [],
  hidden: [],
  graceMs: 5_000,
};

/** Nothing is tried before a program or a table needs it. Undefined where nothing is to be held. */
export function createIsolation(
  settings: IsolationSettings,
  probes: Probes = createProbes(),
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
      return cellOf(command, report, { settings, prlimit: await probes.prlimit() });
    },
    table: () => tableOf(wanted, probes),
  };
}

/** The guards, each tried on this machine once, whether or not `settings` ask for it. */
export function isolationTable(
  settings: IsolationSettings,
  probes: Probes = createProbes(),
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
    // Whoever sees another's /proc sees that one's files, too.
    ["processes", processes === "own" || root === "read_only"],
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

async function cellOf(
  command: CellCommand,
  report: IsolationReport,
  { settings, prlimit }: { settings: IsolationSettings; prlimit: string | undefined },
): Promise<Cell> {
  const holds = (guard: Guard) => report.enforced.includes(guard);
  const tag = holds("tree") ? newTag() : undefined;
  const limits = [
    ...(tag === undefined ? [] : tagOptions(tag)),
    ...(holds("memory_per_process") ? dataOptions(settings.maxMemory) : []),
  ];
  const entrance = await entranceOf(command, report, settings);
  const before = [
    ...(limits.length > 0 ? [prlimit!, ...limits, "--"] : []),
    ...entrance?.before ?? [],
  ];
  // What the shim has to say of itself begins with this name, which no program can know.
  const argv0 = before.length > 0 ? `opcode-${randomUUID()}` : command.command;
  const [first, ...args] = [...before, command.command, ...command.args];
  return {
    report,
    start: { command: first!, args, argv0 },
    tag: tag ?? "-",
    began: async () => {},
    members: () => tag === undefined ? [] : taggedProcesses(tag),
    startFailure: (ended) => startFailure(ended, { ...command, argv0 }),
    end: () => entrance?.close(),
  };
}

/** Undefined where it needs no namespaces. */
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
  return await enter(spaces, findTools()!, { cwd, graceMs: settings.graceMs });
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
