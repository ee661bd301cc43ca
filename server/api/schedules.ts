// The routes of schedules: list, make, change and take them away, ask for runs, see what came of them.

import type { Context, Hono } from "hono";
import type { JsonObject } from "../../core/json.ts";
import type { ScheduleVerbs } from "../../engine/api.ts";
import { CURSOR, MOST_ROWS } from "../../engine/contract/query.ts";
import {
  type BackfillRequest,
  type ScheduleChange,
  type ScheduleRequest,
  TIMES,
  type TimesRequest,
} from "../../engine/contract/schedule.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import {
  BACKFILL_BODY,
  SCHEDULE_BODY,
  SCHEDULE_CALL_BODY,
  SCHEDULE_CHANGE_BODY,
} from "./bodies.ts";
import { readBody } from "./body.ts";
import { namesOf, readQuery } from "./query-string.ts";
import { listResponse } from "./query.ts";

/** The schema of each parameter of the list of what became of a schedule's times. */
export const FIRE_PARAMETERS = {
  limit: { type: "integer", minimum: 1, maximum: MOST_ROWS, default: 50 },
  cursor: CURSOR,
} as const satisfies Record<string, JsonObject>;

const BASE = "/api/v1/schedules";

export function scheduleRoutes(app: Hono, opcodeFor: OpcodeFor): void {
  const schedulesFor = (c: Context): ScheduleVerbs => opcodeFor(callerOf(c)).schedules;
  const refOf = (c: Context) => c.req.param("id")!;

  app.get(BASE, (c) => listResponse(c, opcodeFor, { resource: "schedules", key: "schedules" }));

  app.post(BASE, async (c) => {
    const request = await readBody<ScheduleRequest>(c, SCHEDULE_BODY);
    const made = await schedulesFor(c).create(request);
    return c.json(made, 201, { location: `${BASE}/${made.id}` });
  });

  app.get("/api/v1/cron", async (c) => {
    const request = readQuery(c, namesOf(TIMES.properties)) as TimesRequest;
    return c.json(await schedulesFor(c).times(request));
  });

  app.get(`${BASE}/:id`, async (c) => {
    readQuery(c, []);
    return c.json(await schedulesFor(c).get(refOf(c)));
  });

  app.patch(`${BASE}/:id`, async (c) => {
    const change = await readBody<ScheduleChange>(c, SCHEDULE_CHANGE_BODY);
    return c.json(await schedulesFor(c).update(refOf(c), change));
  });

  app.delete(`${BASE}/:id`, async (c) => {
    readQuery(c, []);
    return c.json(await schedulesFor(c).remove(refOf(c)));
  });

  app.post(`${BASE}/:id/run`, async (c) => {
    await readBody(c, SCHEDULE_CALL_BODY);
    const started = await schedulesFor(c).run(refOf(c));
    return c.json(started, 202, { location: `/api/v1/runs/${started.workflow_id}` });
  });

  app.get(`${BASE}/:id/runs`, async (c) => {
    const page = readQuery(c, namesOf(FIRE_PARAMETERS));
    return c.json(await schedulesFor(c).fires(refOf(c), page));
  });

  app.post(`${BASE}/:id/backfill`, async (c) => {
    const request = await readBody<BackfillRequest>(c, BACKFILL_BODY);
    const reply = await schedulesFor(c).backfill(refOf(c), request);
    return c.json(reply, request.dry_run ? 200 : 202);
  });
}
