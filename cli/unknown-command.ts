// What is said of a command that there is not.

import type { Command } from "commander";
import { nearest } from "../core/nearest.ts";
import { CALLED } from "./called.ts";
import { UsageError } from "./usage-error.ts";

export function unknownCommand(name: string, program: Command): UsageError {
  const known = program.commands.map((command) => command.name());
  const meant = nearest(name, known);
  const hint = meant === undefined ? `${CALLED} --help lists them` : `did you mean "${meant}"?`;
  return new UsageError(`unknown command "${name}" (${hint})`);
}
