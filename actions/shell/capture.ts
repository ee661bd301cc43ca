// How much of a stream is kept: its start, while the rest is read and dropped.

import type { Readable } from "node:stream";

export interface Capture {
  bytes: Buffer;
  truncated: boolean;
}

export interface Capturing {
  /** Resolves when the stream has nothing more to say. */
  readonly ended: Promise<void>;
  take(): Capture;
}

const FIRST_SIZE = 4_096;

/**
 * Keeps the first `most` bytes. They are copied into one buffer that grows: a program that writes
 * single bytes would otherwise cost a hundred times what it says.
 */
export function capture(stream: Readable, most: number): Capturing {
  let buffer = Buffer.allocUnsafe(Math.min(FIRST_SIZE, most));
  let length = 0;
  let truncated = false;
  stream.on("data", (chunk: Buffer) => {
    if (truncated) return;
    const kept = Math.min(chunk.length, most - length);
    truncated = kept < chunk.length;
    if (length + kept > buffer.length) {
      const larger = Math.min(most, Math.max(buffer.length * 2, length + kept));
      buffer = Buffer.concat([buffer.subarray(0, length)], larger);
    }
    chunk.copy(buffer, length, 0, kept);
    length += kept;
  });
  const ended = new Promise<void>((resolve) => {
    stream.once("close", resolve);
    // A pipe that breaks has nothing more to say.
    stream.on("error", () => resolve());
  });
  return { ended, take: () => ({ bytes: buffer.subarray(0, length), truncated }) };
}
