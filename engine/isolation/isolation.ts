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
import { createProbes, dataOptions, type Finding, type Probes } from "./probes.ts";
import { startFailure } from "./start-failure.ts";
import { newTag, taggedProcesses, tagOptions } from "./tag.ts";

export interface IsolationSettings {
  /** `auto`: what can be had; `required`: all or nothing is started; `off`: nothing. */
  mode: "auto" | "off" | "required";
  /** Bytes of a program with all that it starts; 0: no limit. */
  maxMemory: number;
  /** Percent of one processor; 0: no limit. */
  maxCpu: number;
  /** Processes and threads at once; 0: no limit. */
  maxPids: number;
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
const ASKED_BY: Record<Guard, string> = {
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

function guardsOf({ maxMemory, maxCpu, maxPids }: IsolationSettings): Guard[] {
  return [
    "tree",
    ...(maxMemory > 0 ? ["memory" as const] : []),
    ...(maxCpu > 0 ? ["cpu" as const] : []),
    ...(maxPids > 0 ? ["pids" as const] : []),
  ];
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

function cellOf(
  { command, args, cwd, env }: CellCommand,
  report: IsolationReport,
  { settings, prlimit }: { settings: IsolationSettings; prlimit: string | undefined },
): Cell {
  const holds = (guard: Guard) => report.enforced.includes(guard);
  const tag = holds("tree") ? newTag() : undefined;
  const limits = [
    ...(tag === undefined ? [] : tagOptions(tag)),
    ...(holds("memory_per_process") ? dataOptions(settings.maxMemory) : []),
  ];
  // What the shim has to say of itself begins with this name, which no program can know.
  const argv0 = `opcode-${randomUUID()}`;
  const start = prlimit === undefined || limits.length === 0
    ? { command, args, argv0: command }
    : { command: prlimit, args: [...limits, "--", command, ...args], argv0 };
  return {
    report,
    start,
    tag: tag ?? "-",
    began: async () => {},
    members: () => tag === undefined ? [] : taggedProcesses(tag),
    startFailure: (ended) => startFailure(ended, { argv0: start.argv0, command, cwd, env }),
    end: () => {},
  };
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
