// Whether a fork has kept what it should of the run that it goes on from, as that was, and nothing else.

import type { History } from "./history.ts";
import type { LogEvent } from "./past.ts";
import { following, isKept, missing, wasSo } from "./origin.ts";

export function checkForked(history: History): string[] {
  const { record } = history.evidence;
  const { forkedFrom } = record.run;
  const said = record.events.flatMap((event): LogEvent[] => {
    const data = JSON.parse(event.payload ?? "{}");
    return isKept({ type: event.type, data }) ? [{ ...event, data }] : [];
  });
  if (forkedFrom === null) return said.map(({ seq }) => `event ${seq}: this run is no fork`);
  const found: string[] = [];
  const started = history.events.find(({ type }) => type === "workflow_started");
  if (started && JSON.stringify(started.data.forked_from) !== forkedFrom) {
    found.push(`it is forked from ${forkedFrom}, its log does not say so`);
  }
  const { origin } = history;
  if (!origin) return [...found, "the run that it is forked from is not there"];
  said.forEach((event, i) => {
    const where = `event ${event.seq} (${event.type} ${event.stepId})`;
    // With the start they are one turn.
    if (event.seq !== started!.seq + 1 + i) found.push(`${where}: what is kept comes first`);
    if (!wasSo(origin.history, event, origin.cut)) found.push(`${where}: it was not so`);
    if (said.some(({ stepId }, j) => j < i && stepId === event.stepId)) {
      found.push(`${where}: it is kept twice`);
    }
  });
  return [...found, ...checkChosen(history)];
}

/** Nothing that follows from the step is kept; all that nothing ties to it is, if it had settled. */
function checkChosen({ origin }: History): string[] {
  const { step, roots } = origin!;
  const found: string[] = [];
  for (const id of following(origin!)) {
    if (roots.has(id)) found.push(`${id} is kept, and follows from ${step}`);
  }
  return [...found, ...missing(origin!).map((id) => `${id} is not kept`)];
}
