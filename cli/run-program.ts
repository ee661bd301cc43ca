// How a command line is parsed and run, and how its failures are told.

import { type Command, CommanderError } from "commander";
import { errorText, OpcodeError } from "../core/errors.ts";
import { readArgv } from "./argv.ts";
import { CALLED } from "./called.ts";
import { ApiError } from "./client.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { WAYS } from "./run-id.ts";
import { inFlags } from "./refusal-in-flags.ts";
import { asCalled } from "./hint.ts";
import { keptByNpm } from "./npm-flags.ts";
import { buildProgram } from "./program.ts";
import { unknownCommand } from "./unknown-command.ts";
import { UsageError } from "./usage-error.ts";

/** Runs one command line; returns the exit code and never throws. */
export async function runProgram(typed: string[]): Promise<number> {
  let code = 0;
  const program = buildProgram((result) => code = result);
  for (const command of [program, ...program.commands]) {
    // Its messages come as errors instead, and are told like all others.
    command.exitOverride().configureOutput({ outputError: () => {} });
  }
  let known: string | undefined;
  let json = typed.includes("--json") || typed.includes("-json");
  try {
    const kept = keptByNpm(process.env);
    if (kept !== undefined) throw new UsageError(kept);
    const { command, words } = readArgv(typed, program);
    known = command;
    json = words.includes("--json");
    if (command !== undefined && !program.commands.some((one) => one.name() === command)) {
      throw unknownCommand(command, program);
    }
    await program.parseAsync(words, { from: "user" });
    return code;
  } catch (error) {
    // Help has been printed, and nothing is wrong.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return fail(error, json, flagsOf(program, known));
  }
}

/** The flags that the command takes. */
function flagsOf(program: Command, command: string | undefined): string[] {
  const own = program.commands.find((one) => one.name() === command)?.options ?? [];
  return [...own, ...program.options].flatMap(({ long }) => long ?? []);
}

/** Codes of what no daemon has refused. */
const CODES: Record<number, { code: string }> = {
  2: { code: "VALIDATION_ERROR" },
  4: { code: "NOT_REACHED" },
};

/** Tells what went wrong, on standard error or, for whoever asked for JSON, as JSON. */
function fail(error: unknown, json: boolean, flags: readonly string[]): number {
  const exitCode = exitCodeOf(error);
  const lines = linesOf(error, flags);
  if (json) {
    const shown = error instanceof ApiError
      ? error.error
      : error instanceof OpcodeError
      ? error.toJSON()
      : { ...CODES[exitCode], message: lines.join("\n") };
    process.stdout.write(JSON.stringify({ error: shown }, null, 2) + "\n");
  } else {
    for (const line of lines) {
      process.stderr.write(/^ {2}/.test(line) ? `${line}\n` : `error: ${line}\n`);
    }
    if (error instanceof CommanderError) {
      process.stderr.write(`(${CALLED} --help lists the commands and flags)\n`);
    }
  }
  return exitCode;
}

function linesOf(error: unknown, flags: readonly string[]): string[] {
  if (error instanceof ApiError) {
    const { code, details } = error.error;
    const isRun = code === "NOT_FOUND" && details?.workflow_id !== undefined &&
      Object.keys(details).length === 1;
    const lines = error.lines().map(inFlags).map(asCalled);
    return isRun ? [...lines, ...WAYS] : lines;
  }
  if (error instanceof OpcodeError) return [asCalled(errorText(error.toJSON()))];
  const message = error instanceof Error ? error.message : String(error);
  // Commander begins its own with the word that ours begin with.
  if (error instanceof CommanderError) {
    const line = message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
    const [, begun = ""] = /^unknown option '(--[a-z-]{3,})'$/.exec(line) ?? [];
    const whole = begun === "" ? [] : flags.filter((flag) => flag.startsWith(`${begun}-`));
    return [whole.length === 1 ? `${line} (did you mean ${whole[0]}?)` : line];
  }
  return message.split("\n");
}
