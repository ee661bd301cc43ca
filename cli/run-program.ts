// How a command line is parsed and run, and how its failures are told.

import { CommanderError } from "commander";
import { nearest } from "../core/nearest.ts";
import { SettingsError } from "../server/settings/load.ts";
import { normalised } from "./argv.ts";
import { ApiError } from "./client.ts";
import { buildProgram } from "./program.ts";
import { UsageError } from "./usage-error.ts";

/** Runs one command line; answers the exit code and never throws. */
export async function runProgram(typed: string[]): Promise<number> {
  const argv = normalised(typed);
  let code = 0;
  const program = buildProgram((result) => code = result);
  for (const command of [program, ...program.commands]) command.exitOverride();
  const known = program.commands.map((command) => command.name());
  const first = firstWord(argv);
  // Without this the default command would take the word for an argument of its own.
  if (first !== undefined && !first.startsWith("-") && !known.includes(first)) {
    const meant = nearest(first, known);
    const hint = meant === undefined ? "opcode --help lists them" : `did you mean "${meant}"?`;
    return fail(`unknown command "${first}" (${hint})`, 2);
  }
  const json = argv.includes("--json");
  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    // Commander has written its message already; its exit code is 0 for help and version.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UsageError) return fail(error.message, 2);
    if (json) return failInJson(error);
    if (error instanceof ApiError) return fail(error.lines(), 1);
    if (error instanceof SettingsError) return fail(error.message, error.usage ? 2 : 1);
    return fail(error instanceof Error ? error.message : String(error), 1);
  }
}

/** The word that says which command is meant: the first one that is neither a flag nor its value. */
function firstWord(argv: string[]): string | undefined {
  const at = argv.findIndex((word, i) =>
    !word.startsWith("-") && !WITH_VALUE.includes(argv[i - 1] ?? "")
  );
  // Before it only flags of all commands may stand: others belong to `serve`.
  const before = argv.slice(0, Math.max(at, 0)).filter((word) => word.startsWith("-"));
  return before.every((word) => GLOBAL.test(word)) ? argv[at] : undefined;
}

const WITH_VALUE = ["--url", "--agent"];
const GLOBAL = /^--(json|(url|agent)(=.*)?)$/;

/** Whoever asked for JSON gets it for failures too. */
function failInJson(error: unknown): number {
  const shown = error instanceof ApiError
    ? error.error
    : { message: error instanceof Error ? error.message : String(error) };
  process.stdout.write(JSON.stringify({ error: shown }, null, 2) + "\n");
  return 1;
}

function fail(message: string | string[], code: number): number {
  const lines = Array.isArray(message) ? message : message.split("\n");
  for (const line of lines) process.stderr.write(`error: ${line}\n`);
  return code;
}
