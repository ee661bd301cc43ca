// How the event log flows to one client: from a point on, without gaps or doubles, as fast as it reads.

import type { JsonObject } from "../core/json.ts";
import type { EventReport, LiveEvent, Opcode, QueryReply } from "../engine/api.ts";

/** Bytes that may wait for a slow client; above it the client catches up from the store instead. */
const MAX_WAITING = 32 * 1024;
/** Events in one read. */
const PAGE = 100;
/** Comments keep proxies from closing a silent stream. */
const HEARTBEAT_MS = 15_000;

/** Streams that catch up at once, of all there are: more would keep the daemon from all else. */
const MOST_READS = 2;

const encoder = new TextEncoder();

/** A live event goes to every stream as the same bytes, made once. */
const frames = new WeakMap<EventReport, Uint8Array>();

function frameOf(event: EventReport): Uint8Array {
  let frame = frames.get(event);
  if (!frame) {
    const text = `id: ${event.id}\nevent: ${event.event_type}\ndata: ${JSON.stringify(event)}\n\n`;
    frames.set(event, frame = encoder.encode(text));
  }
  return frame;
}

let reads = 0;
const waiting: (() => void)[] = [];

/** Waits until it is this stream's turn to read from the store. */
async function inTurn<T>(read: () => Promise<T>): Promise<T> {
  if (reads < MOST_READS) reads++;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await read();
  } finally {
    const next = waiting.shift();
    // Requests that came meanwhile go first.
    if (next) setImmediate(next);
    else reads--;
  }
}

export interface FollowOptions {
  opcode: Opcode;
  /** Only this run's events; undefined: all runs'. */
  runId?: string | undefined;
  /** The id of the last event the client has; "now": begin with what is committed from now on. */
  after: number | "now";
  /** Ends the stream. */
  signal: AbortSignal;
  heartbeatMs?: number;
}

/**
 * Server-sent events: `id` is the event's id, `event` its type, `data` the event as JSON. What a
 * step emitted comes as an extra `emitted` frame without `id`: its durable form is in the payload
 * of the step's `step_completed` event.
 *
 * The stream is a cursor over the store. While the client keeps up, committed events go to it
 * directly; whenever it lags (at the beginning, or because it reads slowly) the next ones are read
 * from the store, where they all are. So memory is bounded and nothing is lost or sent twice.
 */
export function followEvents(options: FollowOptions): ReadableStream<Uint8Array> {
  const { opcode, runId, signal } = options;
  let unsubscribe = () => {};
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  let wake = () => {};
  let ended = false;
  /** Id of the last event sent. */
  let sent = options.after === "now" ? 0 : options.after;
  /** Id of the newest committed event heard of that was not sent directly. */
  let heard = 0;
  let live = options.after === "now";

  const end = () => {
    ended = true;
    unsubscribe();
    clearInterval(heartbeat);
    wake();
  };

  return new ReadableStream<Uint8Array>({
    start(controller) {
      const room = () => (controller.desiredSize ?? 0) > 0;
      const put = (frame: string) => controller.enqueue(encoder.encode(frame));
      const putEvent = (event: EventReport) => {
        controller.enqueue(frameOf(event));
        sent = event.id;
      };
      const close = () => {
        if (ended) return;
        end();
        controller.close();
      };
      const hear = (item: LiveEvent) => {
        const run = item.kind === "event" ? item.event.workflow_id : item.workflow_id;
        if (ended || (runId !== undefined && run !== runId)) return;
        if (item.kind === "emitted") {
          if (!live || !room()) return;
          const { kind: _, ...emitted } = item;
          put(`event: emitted\ndata: ${JSON.stringify(emitted)}\n\n`);
        } else if (live && room()) {
          if (item.event.id > sent) putEvent(item.event);
        } else {
          // A stream that began "now" and sent nothing yet must not go back to the first event.
          if (live && sent === 0) sent = item.event.id - 1;
          live = false;
          heard = Math.max(heard, item.event.id);
          wake();
        }
      };

      // Subscribed before the first read: an event is in what is read, or heard of after it.
      unsubscribe = opcode.subscribe(hear);
      heartbeat = setInterval(
        () => room() && put(": keep-alive\n\n"),
        options.heartbeatMs ?? HEARTBEAT_MS,
      );
      if (signal.aborted) return close();
      signal.addEventListener("abort", close, { once: true });
      put("retry: 1000\n\n");
      catchUp().catch((error) => {
        if (ended) return;
        end();
        // The client comes back with the last id it saw.
        put(`: ${String(error?.message ?? error).replaceAll(/[\r\n]/g, " ")}\n\n`);
        controller.close();
      });

      async function catchUp(): Promise<void> {
        while (!ended) {
          if (live || !room()) {
            await new Promise<void>((resolve) => wake = resolve);
            continue;
          }
          const page = await inTurn(() => readAfter(sent));
          if (ended) return;
          for (const event of page.rows as unknown as EventReport[]) putEvent(event);
          if (page.next_cursor === undefined && heard <= sent) live = true;
        }
      }
    },
    pull: () => wake(),
    cancel: end,
  }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING }));

  function readAfter(id: number): Promise<QueryReply> {
    const filter: JsonObject = { after_id: id, limit: PAGE };
    if (runId !== undefined) filter.workflow_id = runId;
    return opcode.query({ resource: "events", filter });
  }
}
