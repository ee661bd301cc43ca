// Which command is about schedules.

import { CATCH_UPS, OVERLAPS } from "../../core/schedule-terms.ts";
import { either } from "../either.ts";
import { countOf, pairOf } from "../option-values.ts";
import { SCHEDULE_VERBS } from "../verbs.ts";
import { asking, type CommandLine, declare } from "./declare.ts";

export function scheduleCommands(line: CommandLine): void {
  declare(line, {
    usage: "schedule <verb> [name]",
    about: "list schedules, create, update, pause, resume or delete one, run it now, show its " +
      "history, or backfill: run for times of the past",
    group: "Schedules and hooks:",
    words: { verb: SCHEDULE_VERBS, "--overlap": OVERLAPS, "--catch-up": CATCH_UPS },
    globals: ["json", "url", "agent"],
    examples: [
      "schedule list",
      'schedule create nightly --template report --cron "30 2 * * *" --timezone Europe/Berlin',
      "schedule update nightly --overlap queue --jitter 5m",
      "schedule pause nightly",
      "schedule history nightly --limit 20",
      "schedule backfill nightly --from 2026-01-01T00:00:00Z --to 2026-01-08T00:00:00Z --dry-run",
    ],
  })
    .option("--template <name>", "create, update: whose runs they are")
    .option("--version <version>", "create, update: v2, 2 or latest")
    .option("--cron <expression>", "create, update: minute hour day-of-month month day-of-week")
    .option("--timezone <zone>", "create, update: an IANA name (default UTC)")
    .option("--param <key=value>", "create, update: a parameter (repeatable)", pairOf("--param"))
    .option("--params <file>", "create, update: a JSON file with all parameters")
    .option("--overlap <policy>", `create, update: ${either(OVERLAPS)} while a run is under way`)
    .option("--catch-up <policy>", `create, update: ${either(CATCH_UPS)} of the times missed`)
    .option("--jitter <duration>", "create, update: begin up to so much later")
    .option("--end-at <time>", "create, update: no run for a later time; none takes it away")
    .option("--max-runs <n>", "create, update: end after so many runs", countOf("--max-runs"))
    .option("--paused", "create: do not start anything yet")
    .option("--limit <n>", "history: how many", countOf("--limit"))
    .option("--from <time>", "backfill: the first time, or how long ago: 10d")
    .option("--to <time>", "backfill: the last time, or how long ago")
    .option("--dry-run", "backfill: only show for which times runs would start")
    .action(asking(line, async (context, flags, [verb, name]) => {
      const { schedule } = await import("../commands/schedule.ts");
      return schedule(context, { verb: verb!, name, flags });
    }));
}
