// How committed events look on the wire: written once, however many clients they go to.

import type { LiveEvent } from "../engine/api.ts";
import { BEGINNING, type EventId } from "../engine/store/event-id.ts";

/** Bytes after which a chunk takes no further event. */
const CHUNK_BYTES = 16 * 1024;

/** Events that go to a client together. */
export interface Chunk {
  /** Ids of its first and last event. */
  first: EventId;
  last: EventId;
  /** Null for events that are only named: the store has them. */
  bytes: Uint8Array | null;
  events: readonly LiveEvent[];
}

const encoder = new TextEncoder();

const made = new WeakMap<readonly LiveEvent[], Chunk[]>();

/** The chunks of what one commit says of one run. */
export function chunksOf(events: readonly LiveEvent[]): Chunk[] {
  let chunks = made.get(events);
  if (!chunks) made.set(events, chunks = makeChunks(events));
  return chunks;
}

function makeChunks(events: readonly LiveEvent[]): Chunk[] {
  const chunks: Chunk[] = [];
  let text = "";
  let from = 0;
  let first: EventId = BEGINNING;
  events.forEach((item, at) => {
    if (item.kind === "missed") {
      chunks.push({ first: item.from, last: item.id, bytes: null, events: [item] });
      from = at + 1;
      return;
    }
    const id = idOf(item);
    if (text === "") first = id;
    text += textOf(item);
    // What a step emitted has no number of its own: it stays with its step's event.
    const next = events[at + 1];
    if (next?.kind === "emitted" || (next && text.length < CHUNK_BYTES)) return;
    chunks.push({
      first,
      last: id,
      bytes: encoder.encode(text),
      events: events.slice(from, at + 1),
    });
    text = "";
    from = at + 1;
  });
  return chunks;
}

/** The frame of one event. */
export function frameOf(item: Told): Uint8Array {
  return encoder.encode(textOf(item));
}

type Told = Exclude<LiveEvent, { kind: "missed" }>;

export function idOf(item: Told): EventId {
  return item.kind === "event" ? item.event.id : item.id;
}

function textOf(item: Told): string {
  if (item.kind === "event") {
    const { event } = item;
    return `id: ${event.id}\nevent: ${event.event_type}\ndata: ${JSON.stringify(event)}\n\n`;
  }
  const { kind: _, ...emitted } = item;
  return `event: emitted\ndata: ${JSON.stringify(emitted)}\n\n`;
}
