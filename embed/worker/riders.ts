// Which of the requests that wait travel together to a thread.

import type { FairQueue } from "../../core/fair-queue.ts";
import { jsonInPieces } from "../../core/json-pieces.ts";
import type { Job } from "./job.ts";
import type { QuickSources } from "./quick-sources.ts";

/** How many, of how many characters each. */
const MOST = 100;
const MOST_LENGTH = 16 * 1024;
/** Characters of all of them, and how long they took when each was alone. */
const MOST_TOGETHER = { length: 256 * 1024, ms: 400 };

/** A request with its data as text. */
export interface Rider {
  job: Job;
  data: string;
}

/** The request, and those next of its agent that may travel with it: they leave the queue. */
export function gather(first: Rider, waiting: FairQueue<Job>, quick: QuickSources): Rider[] {
  const riders = [first];
  const ms = msOf(first.job, quick);
  if (ms === undefined || first.data.length > MOST_LENGTH) return riders;
  const sum = { length: first.data.length, ms };
  const fits = (job: Job) => {
    const ms = msOf(job, quick);
    if (ms === undefined || sum.ms + ms > MOST_TOGETHER.ms) return false;
    const data = smallText(job);
    if (data === undefined || sum.length + data.length > MOST_TOGETHER.length) return false;
    sum.ms += ms;
    sum.length += data.length;
    riders.push({ job, data });
    return true;
  };
  const { agent } = first.job.party;
  while (riders.length < MOST && waiting.shiftOf(agent, fits));
  return riders;
}

/** How long the program took alone; undefined of a request that may not travel. */
function msOf({ request, isAlone, isGivenUp }: Job, quick: QuickSources): number | undefined {
  const { engine, mode, source } = request;
  if (engine !== "jq" || mode === "check" || isAlone || isGivenUp) return undefined;
  // Where it stands is not for it to see.
  return source.includes("__loc__") ? undefined : quick.msOf(source);
}

/** The data as text; undefined of what is large, or cannot be written: it is told so when it is its turn. */
function smallText({ request }: Job): string | undefined {
  try {
    const writing = jsonInPieces(request.data, { most: MOST_LENGTH });
    // One piece and its end.
    writing.next();
    const { done, value } = writing.next();
    return done ? value : undefined;
  } catch {
    return undefined;
  }
}
