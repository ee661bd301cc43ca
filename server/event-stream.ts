// How the event log flows to one client: from a point on, without gaps or doubles, as fast as it reads.

import type { JsonObject } from "../core/json.ts";
import type { EventReport, LiveEvent, Opcode, QueryReply } from "../engine/api.ts";
import { BEGINNING, type EventId, justBefore, later } from "../engine/store/event-id.ts";
import { Selection, type Wish } from "./event-selection.ts";
import { type Chunk, chunksOf, frameOf, idOf } from "./event-frames.ts";

/**
 * Bytes that may wait for a slow client, and one event beyond; above it the client catches up from the
 * store instead.
 */
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
  /** Which events; all of all runs unless it says less. */
  wish?: Wish;
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
 *
 * `after` an id that the log does not reach, as after a restore of older data, it says `resync`, since
 * nobody knows what the client has missed, and goes on with what is committed from then on.
 */
export function followEvents(options: FollowOptions): ReadableStream<Uint8Array> {
  const follower = new Follower(options);
  return new ReadableStream<Uint8Array>({
    start: (controller) => follower.start(controller),
    pull: () => follower.wake(),
    cancel: () => follower.end(),
  }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING }));
}

class Follower {
  readonly #options: FollowOptions;
  readonly #selection: Selection;
  #out!: ReadableStreamDefaultController<Uint8Array>;
  #unsubscribe: (() => void) | null = null;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #wake = () => {};
  #ended = false;
  /** Id of the last event sent. */
  #sent: EventId;
  /** Id of the newest committed event heard of that was not sent directly. */
  #heard = BEGINNING;
  #live: boolean;
  /** How many events the next read is to have: as many as had room the last time, or twice so many. */
  #limit = PAGE;
  /** Where to read on after a page that showed nothing. */
  #cursor: string | undefined;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#selection = new Selection(options.opcode, options.wish ?? {});
    this.#live = options.after === "now";
    this.#sent = options.after === "now" ? BEGINNING : options.after;
  }

  start(out: ReadableStreamDefaultController<Uint8Array>): void {
    const { signal, heartbeatMs = HEARTBEAT_MS } = this.#options;
    this.#out = out;
    // Subscribed before the first read: an event is in what is read, or heard of after it.
    this.#listen();
    this.#heartbeat = setInterval(
      () => this.#hasRoom && this.#put(`${this.#place}: keep-alive\n\n`),
      heartbeatMs,
    );
    const close = () => this.#close();
    if (signal.aborted) return close();
    signal.addEventListener("abort", close, { once: true });
    this.#put("retry: 1000\n\n");
    this.#catchUp().catch((error) => {
      if (this.#ended) return;
      this.end();
      // The client comes back with the last id it saw.
      this.#put(`: ${String(error?.message ?? error).replaceAll(/[\r\n]/g, " ")}\n\n`);
      out.close();
    });
  }

  /** There may be something to do: the client has read, or something was committed. */
  wake(): void {
    this.#wake();
  }

  /** The stream is over; its client is told nothing more. */
  end(): void {
    if (!this.#ended) this.#options.onEnd?.();
    this.#ended = true;
    this.#deafen();
    clearInterval(this.#heartbeat);
    this.#wake();
  }

  #close(): void {
    if (this.#ended) return;
    this.end();
    this.#out.close();
  }

  /** For a client that hears of few events: how far it need not look again when it comes back. */
  get #place(): string {
    const isKnown = this.#live && this.#sent !== BEGINNING && this.#selection.isPartial;
    return isKnown ? `id: ${this.#sent}\n` : "";
  }

  get #hasRoom(): boolean {
    return (this.#out.desiredSize ?? 0) > 0;
  }

  #put(frame: string): void {
    this.#out.enqueue(encoder.encode(frame));
  }

  #listen(): void {
    const { opcode, wish } = this.#options;
    this.#unsubscribe ??= opcode.subscribe((events) => this.#hear(events), wish?.runId);
  }

  #deafen(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
  }

  #hear(events: readonly LiveEvent[]): void {
    if (this.#ended) return;
    const told = this.#selection.told(events);
    if (told.length === 0) this.#pass(events.at(-1)!);
    for (const chunk of chunksOf(told)) {
      if (chunk.last <= this.#sent) continue;
      if (this.#live && this.#hasRoom && chunk.bytes) this.#send(chunk);
      else this.#lag(chunk);
    }
  }

  /** What is not for it needs not be looked at again. */
  #pass(last: LiveEvent): void {
    if (!this.#live || this.#sent === BEGINNING || last.kind === "missed") return;
    this.#sent = later(this.#sent, idOf(last));
  }

  #send({ first, last, bytes, events }: Chunk): void {
    if (first > this.#sent) this.#out.enqueue(bytes!);
    else {
      // Some of it was in the page that was read last.
      for (const item of events) {
        if (item.kind !== "missed" && idOf(item) > this.#sent) this.#out.enqueue(frameOf(item));
      }
    }
    this.#sent = last;
  }

  #lag({ first, last }: Chunk): void {
    // A stream that began "now" and sent nothing yet must not go back to the first event.
    if (this.#live && this.#sent === BEGINNING) this.#sent = justBefore(first);
    this.#live = false;
    this.#heard = later(this.#heard, last);
    this.#wake();
  }

  /** Reads what the client lacks whenever it lags and has room, until the stream ends. */
  async #catchUp(): Promise<void> {
    if (!this.#live && this.#sent !== BEGINNING) await this.#checkStart();
    while (!this.#ended) {
      const readable = this.#hasRoom;
      if (!this.#live && !readable) this.#deafen();
      if (this.#live || !readable) {
        await new Promise<void>((resolve) => this.#wake = resolve);
        continue;
      }
      this.#listen();
      const known = this.#heard;
      const page = await inTurn(() => this.#read());
      if (this.#ended) return;
      const rows = page.rows as unknown as EventReport[];
      const put = await this.#putStored(rows);
      if (this.#ended) return;
      this.#limit = put < rows.length ? Math.max(1, put) : Math.min(PAGE, 2 * this.#limit);
      this.#cursor = rows.length === 0 ? page.next_cursor : undefined;
      if (put < rows.length) continue;
      // What was heard of before the read began was in the store.
      if (page.next_cursor === undefined && this.#heard === known) this.#live = true;
    }
  }

  /** Sends of what was read as much as there is room for, and answers how many events that is. */
  async #putStored(rows: readonly EventReport[]): Promise<number> {
    let put = 0;
    for (const event of rows) {
      // A page may have megabytes: what does not fit is read again, rather than held for who reads slowly.
      if (!this.#hasRoom) break;
      const told = await this.#selection.stored(event);
      if (this.#ended) break;
      for (const item of told) if (item.kind !== "missed") this.#out.enqueue(frameOf(item));
      this.#sent = event.id;
      put++;
    }
    return put;
  }

  /** Says so when the log does not reach what the client has seen. */
  async #checkStart(): Promise<void> {
    const filter: JsonObject = { after_id: justBefore(this.#sent), limit: 1 };
    const { opcode } = this.#options;
    const page = await inTurn(() => opcode.query({ resource: "events", filter }));
    if (this.#ended || page.rows.length > 0 || page.next_cursor !== undefined) return;
    const data = { reason: "the log does not reach this id", after: this.#sent };
    this.#put(`event: resync\ndata: ${JSON.stringify(data)}\n\n`);
    // What was committed meanwhile is part of what the client now looks at anew.
    this.#sent = this.#heard;
    this.#live = true;
  }

  /** The next events after the last one sent. */
  #read(): Promise<QueryReply> {
    const { opcode, wish } = this.#options;
    const filter: JsonObject = { after_id: this.#sent, limit: this.#limit };
    if (wish?.runId !== undefined) filter.workflow_id = wish.runId;
    if (this.#cursor !== undefined) filter.cursor = this.#cursor;
    return opcode.query({ resource: "events", filter });
  }
}
