// How a command is declared, and how it runs: what all groups of commands share.

import type { Command } from "commander";
import { CALLED } from "../called.ts";
import { type CliContext, createContext, type GlobalFlags } from "../context.ts";

export interface Tree {
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
}

export function declare({ program }: Tree, { usage, about, group, examples }: Declared): Command {
  return program.command(usage).description(about).helpGroup(group)
    .addHelpText(
      "after",
      ["", "Examples:", ...examples.map((line) => `  ${CALLED} ${line}`)].join("\n"),
    );
}

/** The action of a command that asks a daemon; its code is loaded by `run`. */
export function asking<Flags extends object>(
  tree: Tree,
  run: (context: CliContext, flags: Flags, args: string[]) => Promise<number>,
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const context = createContext(command.optsWithGlobals<GlobalFlags>());
    tree.done(await run(context, command.opts<Flags>(), command.processedArgs));
  };
}
