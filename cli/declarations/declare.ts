// How a command is declared, and how it runs: what all groups of commands share.

import type { Command } from "commander";
import { CALLED } from "../called.ts";
import { type CliContext, createContext, type GlobalFlags } from "../context.ts";
import { UsageError } from "../usage-error.ts";

export interface CommandLine {
  program: Command;
  /** Receives the exit code of the command that ran. */
  done(code: number): void;
}

export interface Declared {
  /** The name and its arguments: `run <name>`. */
  usage: string;
  about: string;
  /** Heading in the list of commands. */
  group: string;
  /** What somebody might type after `opcode`. */
  examples: string[];
  /** What an argument (`verb`) or the value of a flag (`--format`) may be; what is not named: anything. */
  words?: Readonly<Record<string, readonly string[]>>;
  /** Flags of all commands that mean something to this one; `json` and `url` when absent. */
  globals?: readonly GlobalName[];
}

export type GlobalName = keyof GlobalFlags;

/** Why a command does not take a flag of all commands. */
const WHY: Record<GlobalName, string> = {
  json: "it prints no data",
  url: "it asks no daemon that a URL names",
  agent: "only define, archive, run, rerun, signal, decision, schedule and mcp say who asks",
};

const taken = new WeakMap<Command, readonly GlobalName[]>();
const declarations = new WeakMap<Command, Declared>();

/** What a command of ours was declared with. */
export function declaredOf(command: Command): Declared {
  return declarations.get(command)!;
}

/** UsageError for a flag of all commands that this one would leave without effect. */
export function refuseIdleFlags(program: Command, command: Command): void {
  const known = taken.get(command) ?? [];
  for (const [name, why] of Object.entries(WHY) as [GlobalName, string][]) {
    if (program.getOptionValueSource(name) === "cli" && !known.includes(name)) {
      throw new UsageError(`${command.name()}: takes no --${name}: ${why}`);
    }
  }
}

/** The flags of all commands that this one takes. */
export function globalsOf(program: Command, command: Command) {
  const known: readonly string[] = taken.get(command) ?? [];
  return command === program
    ? []
    : program.options.filter((option) => known.includes(option.attributeName()));
}

export function declare({ program }: CommandLine, declared: Declared): Command {
  const { usage, about, group, examples, globals = ["json", "url"] } = declared;
  const command = program.command(usage);
  taken.set(command, globals);
  declarations.set(command, declared);
  return command.description(about).helpGroup(group)
    .addHelpText(
      "after",
      ["", "Examples:", ...examples.map((line) => `  ${CALLED} ${line}`)].join("\n"),
    );
}

/** The action of a command that asks a daemon; its code is loaded by `run`. */
export function asking<Flags extends object>(
  line: CommandLine,
  run: (context: CliContext, flags: Flags, args: string[]) => Promise<number>,
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const context = createContext(command.optsWithGlobals<GlobalFlags>());
    line.done(await run(context, command.opts<Flags>(), command.processedArgs));
  };
}
