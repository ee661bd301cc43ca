// How an update is ended by a process of its own, so that it goes on when this one is killed, and this one when that is.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseJson } from "../../core/exact-json.ts";
import type { Outcome } from "./finish.ts";
import type { Workplace } from "./workplace.ts";

/**
 * Runs `opcode update --finish`, which no terminal and no signal to our group reaches. `takeOver` does
 * what is left when it is killed; `started` hears its process number. Throws what it failed with.
 */
export async function finishApart(
  { executable }: Workplace,
  takeOver: () => Promise<Outcome>,
  started: (pid: number) => void,
): Promise<Outcome> {
  const child = spawn(executable, ["update", "--finish", "--json"], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.pid !== undefined) started(child.pid);
  let [out, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => out += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors += text);
  const [status, signal] = await once(child, "close");
  if (signal !== null) return await takeOver();
  if (status !== 0) throw new Error(errorIn(out) ?? (errors.trim() || `it ended with ${status}`));
  return parseJson(out) as unknown as Outcome;
}

function errorIn(out: string): string | undefined {
  try {
    return (parseJson(out) as { error?: { message?: string } }).error?.message;
  } catch {
    return undefined;
  }
}
