// What `opcode archive` and `opcode unarchive` do: put a template away, or take it back, and tell what that does.

import type { ArchiveReply } from "../../engine/api.ts";
import type { CliContext } from "../context.ts";
import { hint } from "../hint.ts";
import { printJson, printLine, printNote, visible } from "../print.ts";

export async function archive(
  { client, json, signature }: CliContext,
  { name, verb }: { name: string; verb: "archive" | "unarchive" },
): Promise<number> {
  const path = `/api/v1/templates/${encodeURIComponent(name)}/${verb}`;
  const body = await client.post(path, { ...signature });
  if (json) {
    printJson(body);
    return 0;
  }
  const reply = body as unknown as ArchiveReply;
  const state = reply.archived ? "archived" : "not archived";
  printLine(visible(`${reply.name} is ${state}${reply.unchanged ? " already" : ""}`));
  for (
    const [said, names = []] of [
      ["paused", reply.paused_schedules],
      ["at work again", reply.resumed_schedules],
    ] as const
  ) {
    for (const schedule of names) printNote(visible(`schedule ${schedule}: ${said}`));
  }
  if (reply.truncated) printNote("and more schedules than are named here");
  if (reply.archived) printNote(`it is taken back by: ${hint("unarchive", reply.name)}`);
  return 0;
}
