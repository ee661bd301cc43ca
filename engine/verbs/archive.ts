// How a template is put away, and taken back: what it was stays, but nothing of it begins meanwhile.

import { rfc3339 } from "../../core/clock.ts";
import type { ArchiveReply } from "../api.ts";
import type { ArchiveRequest } from "../contract/archive.ts";
import { checkIdentifier } from "../identifiers.ts";
import { goOnAfter } from "../schedules/goes-on.ts";
import { type Changed, dropped, putAway, schedulesOf, takenBack } from "../schedules/put-away.ts";
import { retimed } from "../schedules/timing.ts";
import { emptyHandOver, type HandOver, type ScheduleRow } from "../store/store.ts";
import { commitUnlessOvertaken } from "./overtaken.ts";
import { timed } from "./schedules.ts";
import type { Engine } from "./shared.ts";

/** Schedules that an answer names. */
const MOST_NAMED = 100;

/** No list shows it and no run of it begins; its schedules are paused. NOT_FOUND when it is not there. */
export function archive(engine: Engine, request: ArchiveRequest): Promise<ArchiveReply> {
  return change(engine, request, {
    at: engine.env.clock.now(),
    told: "paused_schedules",
    changes: async (rows, now) => putAway(rows, now),
  });
}

/** Takes that back: of its schedules those are at work again that it has paused. */
export function unarchive(engine: Engine, request: ArchiveRequest): Promise<ArchiveReply> {
  return change(engine, request, {
    at: null,
    told: "resumed_schedules",
    async changes(rows, now) {
      const after = await goOnAfter(engine.env.store, rows, now);
      return takenBack(
        rows,
        now,
        (old) => timed(old, old, { enabled: true, after: after.get(old.id)! }),
      );
    },
  });
}

interface Change {
  /** Since when it is archived then. */
  at: number | null;
  /** Where the answer names the schedules that are changed. */
  told: "paused_schedules" | "resumed_schedules";
  changes(rows: readonly ScheduleRow[], now: number): Promise<Changed[]>;
}

async function change(
  engine: Engine,
  request: ArchiveRequest,
  { at, told, changes }: Change,
): Promise<ArchiveReply> {
  const { env, templates } = engine;
  const name = checkIdentifier("template_name", request.template_name);
  const agentId = request.agent_id && checkIdentifier("agent_id", request.agent_id);
  engine.refuseWhenBusy();
  // No version is stored meanwhile.
  return await engine.defines.run(name, async () => {
    const { archivedAt } = await templates.row(name, null);
    if ((archivedAt === null) === (at === null)) {
      return { ...replyOf(name, archivedAt), unchanged: true };
    }
    const now = env.clock.now();
    let changed: Changed[] = [];
    await commitUnlessOvertaken(engine, async () => {
      changed = await changes(await schedulesOf(env.store, name), now);
      const handOver = emptyHandOver();
      handOver.archiving = { name, archivedAt: at };
      if (agentId) handOver.agents.push({ id: agentId, at: now });
      return { ...handOver, ...schedulingOf(changed, now) };
    }, `whether the template is archived could not be stored`);
    templates.archived(name, at);
    env.log.info(at === null ? "a template was unarchived" : "a template was archived", {
      template: name,
      ...(agentId && { agent_id: agentId }),
    });
    const names = changed.map(({ row }) => row.name);
    return {
      ...replyOf(name, at),
      [told]: names.slice(0, MOST_NAMED),
      ...(names.length > MOST_NAMED && { truncated: true }),
    };
  });
}

function schedulingOf(
  changed: readonly Changed[],
  now: number,
): Pick<HandOver, "scheduling" | "claims" | "timers"> {
  const times = changed.map(({ old, row }) => retimed(old, row));
  return {
    scheduling: changed.length === 0 ? null : {
      removed: [],
      schedules: changed.map(({ row }) => row),
      fires: dropped(changed, now, "archived"),
    },
    claims: times.flatMap(({ claims }) => claims),
    timers: times.flatMap(({ timers }) => timers),
  };
}

function replyOf(name: string, at: number | null): ArchiveReply {
  return { name, archived: at !== null, ...(at !== null && { archived_at: rfc3339(at) }) };
}
