// What there is to type, read from the declared commands: what completions and the manual page are made of.

import type { Command, Option } from "commander";
import { type Declared, declaredOf, globalsOf } from "../declarations/declare.ts";

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
  /** Whether it may be given more than once. */
  repeats: boolean;
  /** The only values; empty: any. */
  choices: readonly string[];
}

export interface Argument {
  name: string;
  /** What it may be; empty: anything. */
  words: readonly string[];
}

export interface TypedCommand {
  name: string;
  /** With its arguments: `run <name>`. */
  usage: string;
  about: string;
  group: string;
  args: Argument[];
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
    flags: program.options.map((option) => wordOf(option)),
    commands: program.commands.map((command) => {
      const { usage, words = {}, examples, group } = declaredOf(command);
      // What is not told of anywhere is for opcode alone.
      const told = command.options.filter(({ description }) => description !== "");
      return {
        name: command.name(),
        ...{ usage, examples, group },
        about: command.description(),
        args: command.registeredArguments.map((one) => ({
          name: one.name(),
          words: words[one.name()] ?? [],
        })),
        flags: [...told, ...globalsOf(program, command)].map((one) => wordOf(one, words)),
      };
    }),
  };
}

function wordOf(option: Option, words: Declared["words"] = {}): Word {
  const { long, short, description, required, argChoices = [] } = option;
  return {
    flag: long!,
    short,
    about: description,
    value: /[<[].*$/.exec(option.flags)?.[0] ?? "",
    needsValue: required,
    repeats: description.includes("(repeatable)"),
    choices: words[long!] ?? argChoices,
  };
}

/** What describes a command or a flag in one short line: no second sentence, nothing in brackets. */
export function inShort(about: string): string {
  return about.split("; ")[0]!.replaceAll(/ \([^()]*\)/g, "").trim();
}
