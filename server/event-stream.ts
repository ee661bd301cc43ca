// How the event log flows to one client: from a point on, without gaps or doubles, as fast as it reads.

import type { JsonObject } from "../core/json.ts";
import type { EventReport, LiveEvent, Opcode, QueryReply } from "../engine/api.ts";
import { BEGINNING, type EventId, justBefore, later } from "../engine/store/event-id.ts";
import { type Chunk, chunksOf, frameOf, idOf } from "./event-frames.ts";

/** Bytes that may wait for a slow client; above it the client catches up from the store instead. */
const MAX_WAITING = 32 * 1024;
/** Events in one read. */
const PAGE = 100;
/** Comments keep proxies from closing a silent stream. */
const HEARTBEAT_MS = 15_000;

/** Streams that catch up at once, of all there are: more would keep the daemon from all else. */
const MOST_READS = 2;

const encoder = new TextEncoder();

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
  after: EventId | "now";
  /** Ends the stream. */
  signal: AbortSignal;
  /** Told once when the stream has ended, by whichever side. */
  onEnd?: () => void;
  heartbeatMs?: number;
}

/**
 * Server-sent events: `id` is the event's id, `event` its type, `data` the event as JSON. What a
 * step emitted comes as an extra `emitted` frame without `id`: its durable form is in the payload
 * of the step's `step_completed` event.
 *
 * The stream is a cursor over the store. While the client keeps up, committed events go to it
 * directly; whenever it lags (at the beginning, or because it reads slowly) the next ones are read
 * from the store, where they all are. So memory is bounded and nothing is lost or sent twice. One
 * that has no room hears nothing at all: a client that does not read costs the others nothing.
 */
export function followEvents(options: FollowOptions): ReadableStream<Uint8Array> {
  const { opcode, runId, signal } = options;
  let unsubscribe: (() => void) | null = null;
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  let wake = () => {};
  let ended = false;
  /** Id of the last event sent. */
  let sent = options.after === "now" ? BEGINNING : options.after;
  /** Id of the newest committed event heard of that was not sent directly. */
  let heard = BEGINNING;
  let live = options.after === "now";
  /** Where to read on after a page that showed nothing. */
  let cursor: string | undefined;

  const deafen = () => {
    unsubscribe?.();
    unsubscribe = null;
  };
  const end = () => {
    if (!ended) options.onEnd?.();
    ended = true;
    deafen();
    clearInterval(heartbeat);
    wake();
  };

  return new ReadableStream<Uint8Array>({
    start(controller) {
      const room = () => (controller.desiredSize ?? 0) > 0;
      const put = (frame: string) => controller.enqueue(encoder.encode(frame));
      const close = () => {
        if (ended) return;
        end();
        controller.close();
      };
      const hear = (events: readonly LiveEvent[]) => {
        if (ended) return;
        for (const chunk of chunksOf(events)) {
          if (chunk.last <= sent) continue;
          if (live && room() && chunk.bytes) send(chunk);
          else lag(chunk);
        }
      };
      const send = ({ first, last, bytes, events }: Chunk) => {
        if (first > sent) controller.enqueue(bytes!);
        else {
          // Some of it was in the page that was read last.
          for (const item of events) {
            if (item.kind !== "missed" && idOf(item) > sent) controller.enqueue(frameOf(item));
          }
        }
        sent = last;
      };
      const lag = ({ first, last }: Chunk) => {
        // A stream that began "now" and sent nothing yet must not go back to the first event.
        if (live && sent === BEGINNING) sent = justBefore(first);
        live = false;
        heard = later(heard, last);
        wake();
      };
      const listen = () => unsubscribe ??= opcode.subscribe(hear, runId);

      // Subscribed before the first read: an event is in what is read, or heard of after it.
      listen();
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
          const readable = room();
          if (!live && !readable) deafen();
          if (live || !readable) {
            await new Promise<void>((resolve) => wake = resolve);
            continue;
          }
          listen();
          const known = heard;
          const page = await inTurn(() => readAfter(sent));
          if (ended) return;
          for (const event of page.rows as unknown as EventReport[]) {
            controller.enqueue(frameOf({ kind: "event", event }));
            sent = event.id;
          }
          cursor = page.rows.length === 0 ? page.next_cursor : undefined;
          // What was heard of before the read began was in the store.
          if (page.next_cursor === undefined && heard === known) live = true;
        }
      }
    },
    pull: () => wake(),
    cancel: end,
  }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING }));

  function readAfter(id: EventId): Promise<QueryReply> {
    const filter: JsonObject = { after_id: id, limit: PAGE };
    if (runId !== undefined) filter.workflow_id = runId;
    if (cursor !== undefined) filter.cursor = cursor;
    return opcode.query({ resource: "events", filter });
  }
}
