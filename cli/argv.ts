// How what was typed becomes what the parser knows: which command, and flags in their one form.

import type { Command, Option } from "commander";
import { UsageError } from "./usage-error.ts";

export interface Typed {
  /** The command's name as typed; undefined when help is asked for before any. */
  command: string | undefined;
  /** The words for the parser. */
  words: string[];
}

/** How a boolean is written. */
const BOOLEAN = /^(true|t|1|false|f|0)$/i;

/** What runs when no command is named. */
const DEFAULT = "serve";

/**
 * Finds the command and rewrites its flags: `-panel` is `--panel`, `--json=false` is no `--json`,
 * `--panel` alone is `--panel=true`, so that it takes no next word but a boolean. What belongs to a flag as
 * its value, and what follows `--`, stays as it is. Throws UsageError for a switch that is given
 * anything but a boolean.
 */
export function readArgv(typed: readonly string[], program: Command): Typed {
  const words: string[] = [];
  let command: string | undefined;
  const optionsOf = (name: string) =>
    program.commands.find((one) => one.name() === name)?.options ?? [];
  for (let i = 0; i < typed.length; i++) {
    const word = typed[i]!;
    if (word === "--") {
      words.push(...typed.slice(i));
      break;
    }
    const flag = parseFlag(word);
    if (flag === undefined) {
      command ??= word;
      words.push(word);
      continue;
    }
    if (flag.name === "--help" || word === "-h") {
      words.push(flag.name);
      if (command === undefined) return { command, words };
      continue;
    }
    const known = byName(program.options, flag.name);
    // Only flags of all commands may stand before a command's name: others are the default's.
    if (known === undefined && command === undefined) words.unshift(command = DEFAULT);
    const option = known ?? byName(optionsOf(command ?? ""), flag.name);
    // A setting's boolean may stand behind it; of a switch it could be an argument of the command.
    if (option?.optional && flag.value === undefined && BOOLEAN.test(typed[i + 1] ?? "")) {
      flag.value = typed[++i]!;
    }
    words.push(...rewritten(flag, option));
    if (option?.required && flag.value === undefined && i + 1 < typed.length) {
      words.push(typed[++i]!);
    }
  }
  if (command === undefined) words.unshift(command = DEFAULT);
  return { command, words };
}

interface Flag {
  /** With two dashes. */
  name: string;
  value: string | undefined;
}

/** One or two dashes before a long name mean the same; single letters are no long names. */
function parseFlag(word: string): Flag | undefined {
  const match = /^(-h|--?[a-z][\w.-]+)(?:=(.*))?$/is.exec(word);
  if (!match) return undefined;
  const [, name, value] = match;
  return { name: name === "-h" ? name : `--${name!.replace(/^--?/, "")}`, value };
}

function byName(options: readonly Option[], name: string): Option | undefined {
  return options.find((option) => option.long === name);
}

function rewritten({ name, value }: Flag, option: Option | undefined): string[] {
  if (option?.optional && value === undefined) return [`${name}=true`];
  if (option === undefined || option.required || option.optional || value === undefined) {
    return [value === undefined ? name : `${name}=${value}`];
  }
  if (/^(true|t|1)$/i.test(value)) return [name];
  if (!/^(false|f|0)$/i.test(value)) {
    throw new UsageError(`${name}: must be true or false, got "${value}"`);
  }
  // `--wait` is on unless it is told otherwise; the other switches are off.
  return name === "--wait" ? ["--no-wait"] : name === "--no-wait" ? ["--wait"] : [];
}
