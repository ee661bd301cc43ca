// What there is to type, read from the declared commands: what completions and the manual page are made of.

import type { Command, Option } from "commander";
import { declaredOf, globalsOf } from "../declarations/declare.ts";

export interface Word {
  /** As it is typed: `--follow`. */
  flag: string;
  /** `-o`, where it has one. */
  short: string | undefined;
  about: string;
  /** What it takes, as it stands in the help: `<n>`; empty: nothing. */
  value: string;
  /** Whether a value must follow as the next word. */
  needsValue: boolean;
  /** The only values; empty: any. */
  choices: readonly string[];
}

export interface TypedCommand {
  name: string;
  /** With its arguments: `run <name>`. */
  usage: string;
  about: string;
  group: string;
  /** What its first argument may be; empty: anything. */
  verbs: readonly string[];
  takesFile: boolean;
  flags: Word[];
  examples: readonly string[];
}

export interface Tree {
  about: string;
  /** Flags of all commands. */
  flags: Word[];
  commands: TypedCommand[];
}

export function treeOf(program: Command): Tree {
  return {
    about: program.description(),
    flags: program.options.map(wordOf),
    commands: program.commands.map((command) => {
      const { usage, verbs = [], examples, group } = declaredOf(command);
      return {
        name: command.name(),
        ...{ usage, verbs, examples, group },
        about: command.description(),
        takesFile: command.registeredArguments.some((one) => one.name() === "file"),
        flags: [...command.options, ...globalsOf(program, command)].map(wordOf),
      };
    }),
  };
}

function wordOf(option: Option): Word {
  return {
    flag: option.long!,
    short: option.short,
    about: option.description,
    value: /[<[].*$/.exec(option.flags)?.[0] ?? "",
    needsValue: option.required,
    choices: option.argChoices ?? [],
  };
}

/** What describes a command or a flag in one short line: up to where more is said. */
export function inShort(about: string): string {
  return about.split(/[;:(]| \(/)[0]!.trim();
}
