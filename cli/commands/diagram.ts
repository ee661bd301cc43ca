// What `opcode diagram` prints: a template or a run as Mermaid text.

import type { CliContext } from "../context.ts";
import { printJson, printLine } from "../print.ts";

/** Runs have UUIDs; no template is named like one by accident. */
const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export async function diagram(
  context: CliContext,
  flags: { target: string; version?: string },
): Promise<number> {
  const kind = RUN_ID.test(flags.target) ? "runs" : "templates";
  const path = `/api/v1/${kind}/${encodeURIComponent(flags.target)}/diagram`;
  const query = flags.version === undefined ? undefined : { version: flags.version };
  const reply = await context.client.get(path, query);
  if (context.json) printJson(reply);
  else printLine(String(reply.diagram).trimEnd());
  return 0;
}
