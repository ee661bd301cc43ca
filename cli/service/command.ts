// How programs of the system are asked for something.

import { execFile } from "node:child_process";
import { OpcodeError } from "../../core/errors.ts";

/** What starts and stops a daemon answers once that is done. */
const PATIENCE_MS = 60_000;

export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. EXECUTION_ERROR where it cannot be started. */
export type Ask = (command: readonly string[]) => Promise<Said>;

export const ask: Ask = ([file, ...args]) =>
  new Promise((resolve, reject) => {
    execFile(file!, args, { timeout: PATIENCE_MS, env: process.env }, (error, stdout, stderr) => {
      const code = error?.code ?? 0;
      if (typeof code === "number") return resolve({ code, stdout, stderr });
      reject(new OpcodeError("EXECUTION_ERROR", `${file} cannot be run: ${error!.message}`));
    });
  });

/** The same of a program that has to succeed; answers what it printed. */
export async function demand(asking: Ask, command: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await asking(command);
  if (code === 0) return stdout;
  const said = (stderr.trim() || stdout.trim() || "it said nothing").replaceAll(/\s*\n\s*/g, "; ");
  throw new OpcodeError("EXECUTION_ERROR", `${command.join(" ")} failed (${code}): ${said}`);
}
