// How events reach a client that reads an SSE stream, however slowly it reads.

import { getHeapStatistics } from "node:v8";

const encoder = new TextEncoder();

/** Bytes that may wait for a slow reader: a few of the largest answers. */
const CAPACITY = 8 * 1024 * 1024;

/** Of the heap, what may wait for the slow readers of all streams together. */
const HEAP_PART = 1 / 8;

/** What waits in all streams: above the bound those are ended that have lagged for longest. */
export class QueueRoom {
  readonly #most: number;
  #bytes = 0;
  readonly #lagging = new Set<SseStream>();

  /** `most`: bytes. */
  constructor(most: number) {
    this.#most = most;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A stream's queue has grown or shrunk. */
  changed(stream: SseStream, before: number, now: number): void {
    this.#bytes += now - before;
    if (now === 0) this.#lagging.delete(stream);
    else this.#lagging.add(stream);
    for (const longest of this.#lagging) {
      if (this.#bytes <= this.#most || longest === stream) return;
      longest.overflow();
    }
  }
}

const shared = new QueueRoom(Math.floor(getHeapStatistics().heap_size_limit * HEAP_PART));

const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  connection: "keep-alive",
  "x-accel-buffering": "no",
};

/**
 * One response body. It holds at most about `capacity` bytes for a reader that lags: what can be
 * lost (`offer`) is refused from half of it on, so that what must not be lost (`write`) has room;
 * a `write` that finds it full closes the stream, and the client knows that it missed something.
 */
export class SseStream {
  readonly #body: ReadableStream<Uint8Array<ArrayBuffer>>;
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  readonly #capacity: number;
  readonly #room: QueueRoom;
  #onClose: (() => void) | undefined;
  #open = true;
  /** Bytes that wait, as told to the room. */
  #waiting = 0;

  /** `onClose` is called once, whether the client left, the stream overflowed, or `close`. */
  constructor(options: { onClose?: () => void; capacity?: number; room?: QueueRoom } = {}) {
    this.#room = options.room ?? shared;
    this.#onClose = options.onClose;
    this.#capacity = options.capacity ?? CAPACITY;
    this.#body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#count(),
      cancel: () => this.#closed(),
    }, { highWaterMark: this.#capacity, size: (chunk) => chunk.byteLength });
  }

  get open(): boolean {
    return this.#open;
  }

  response(headers?: Record<string, string>): Response {
    return new Response(this.#body, { headers: { ...HEADERS, ...headers } });
  }

  /** Queues an event; a full queue closes the stream. False when the event was not queued. */
  write(event: string, data: string): boolean {
    if (!this.#open) return false;
    if (this.#controller.desiredSize! <= 0) {
      this.overflow();
      return false;
    }
    this.#enqueue(encoder.encode(`event: ${event}\ndata: ${data}\n\n`));
    return true;
  }

  /** Queues an event that the client can do without; false when it was left out. */
  offer(event: string, data: string): boolean {
    return this.#open && this.#controller.desiredSize! > this.#capacity / 2 &&
      this.write(event, data);
  }

  /** Queues bytes that are whole events already. */
  raw(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#open) this.#enqueue(bytes);
  }

  /** Queues a comment, which keeps idle connections open through proxies. */
  comment(text: string): void {
    if (this.#open && this.#controller.desiredSize! > 0) {
      this.#enqueue(encoder.encode(`: ${text}\n\n`));
    }
  }

  /** Ends the stream after what is queued. */
  close(): void {
    if (!this.#open) return;
    this.#controller.close();
    this.#closed();
  }

  /** Ends the stream at once, with all that waits: its reader is too slow. */
  overflow(): void {
    this.#controller.error(new Error("the client reads too slowly"));
    this.#closed();
  }

  #enqueue(bytes: Uint8Array<ArrayBuffer>): void {
    this.#controller.enqueue(bytes);
    this.#count();
  }

  #count(): void {
    const before = this.#waiting;
    this.#waiting = this.#open ? Math.max(0, this.#capacity - this.#controller.desiredSize!) : 0;
    if (this.#waiting !== before) this.#room.changed(this, before, this.#waiting);
  }

  #closed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#count();
    this.#onClose?.();
  }
}
