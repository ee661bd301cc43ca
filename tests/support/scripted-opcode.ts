// An engine that answers what a test scripts, for tests of the protocol layers alone.

import type { Opcode } from "../../engine/api.ts";

export type Script = Partial<Opcode>;

/** The scripted methods, each call recorded; a method without a script throws. */
export function scriptedOpcode(script: Script): Opcode & { calls: [string, unknown][] } {
  const calls: [string, unknown][] = [];
  const method = (name: keyof Opcode) => (...args: unknown[]) => {
    calls.push([name, args[0]]);
    const scripted = script[name] as ((...args: unknown[]) => unknown) | undefined;
    if (scripted === undefined) throw new Error(`${name} is not scripted`);
    return scripted(...args);
  };
  const names = [
    "define",
    "dryRun",
    "archive",
    "unarchive",
    "run",
    "rerun",
    "bulk",
    "status",
    "checkWorkflow",
    "signal",
    "link",
    "query",
    "diagram",
    "sketch",
    "subscribe",
    "healthy",
    "fault",
    "stop",
  ] as const;
  const opcode = Object.fromEntries(names.map((name) => [name, method(name)]));
  return Object.assign(opcode as unknown as Opcode, { actions: () => [], calls });
}
