// How a command line is parsed and run, and how its failures are told.

import { CommanderError } from "commander";
import { nearest } from "../core/nearest.ts";
import { SettingsError } from "../server/settings/load.ts";
import { ApiError } from "./client.ts";
import { buildProgram } from "./program.ts";
import { UsageError } from "./usage-error.ts";

/** Runs one command line; answers the exit code and never throws. */
export async function runProgram(argv: string[]): Promise<number> {
  let code = 0;
  const program = buildProgram((result) => code = result);
  for (const command of [program, ...program.commands]) command.exitOverride();
  const known = program.commands.map((command) => command.name());
  const first = argv[0];
  // Without this the default command would take the word for an argument of its own.
  if (first !== undefined && !first.startsWith("-") && !known.includes(first)) {
    const meant = nearest(first, known);
    const hint = meant === undefined ? "opcode --help lists them" : `did you mean "${meant}"?`;
    return fail(`unknown command "${first}" (${hint})`, 2);
  }
  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    // Commander has written its message already; its exit code is 0 for help and version.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UsageError) return fail(error.message, 2);
    if (error instanceof ApiError) return fail(error.lines(), 1);
    if (error instanceof SettingsError) return fail(error.message, error.usage ? 2 : 1);
    return fail(error instanceof Error ? error.message : String(error), 1);
  }
}

function fail(message: string | string[], code: number): number {
  const lines = Array.isArray(message) ? message : message.split("\n");
  for (const line of lines) process.stderr.write(`error: ${line}\n`);
  return code;
}
