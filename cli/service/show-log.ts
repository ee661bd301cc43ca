// How the log of a daemon in the background is printed: the end of a file, or what a program of the system prints.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { OpcodeError } from "../../core/errors.ts";
import { readableLine } from "../log-line.ts";
import type { LogPlace } from "./manager.ts";

/** How often a file is looked at for more, ms. */
const LOOK_MS = 200;
/** Of the end of a file this much is read, bytes. */
const MOST_BYTES = 4 * 1024 * 1024;

export interface Shown {
  /** How many of the newest lines. */
  lines: number;
  /** Goes on with those to come, until somebody ends it. */
  follow: boolean;
}

/** Returns the exit code. EXECUTION_ERROR where there is no log. */
export async function showLog(place: LogPlace, shown: Shown): Promise<number> {
  return "file" in place ? await showFile(place.file, shown) : await showPrinted(place, shown);
}

async function showPrinted(
  place: Exclude<LogPlace, { file: string }>,
  { lines, follow }: Shown,
): Promise<number> {
  const [program, ...args] = [
    ...place.command,
    ...place.lines(lines),
    ...follow ? place.follow : [],
  ];
  const child = spawn(program!, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  for await (const line of createInterface({ input: child.stdout })) print(line);
  const [code] = await ended;
  return code === 0 ? 0 : 1;
}

async function showFile(file: string, { lines, follow }: Shown): Promise<number> {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) {
    throw new OpcodeError(
      "EXECUTION_ERROR",
      `${file} is not there: no daemon has logged to it yet`,
    );
  }
  let log = new GrowingFile(file);
  const first = log.more(MOST_BYTES);
  for (const line of first.slice(-lines)) print(line);
  while (follow) {
    await delay(LOOK_MS);
    for (const line of log.more()) print(line);
    if (!log.isReplaced()) continue;
    log.close();
    log = new GrowingFile(file);
  }
  log.close();
  return 0;
}

/** What a file has, and gets, line by line. */
class GrowingFile {
  readonly #path: string;
  readonly #fd: number;
  #at = 0;
  /** A line whose end is not written yet. */
  #rest = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, "r");
  }

  /** The lines that are new; `most`: only those within so many bytes from the end. */
  more(most = Infinity): string[] {
    const { size } = fstatSync(this.#fd);
    const skipped = Math.max(0, size - this.#at - most);
    this.#at += skipped;
    const bytes = Buffer.alloc(size - this.#at);
    const read = readSync(this.#fd, bytes, 0, bytes.length, this.#at);
    this.#at += read;
    const all = Buffer.concat([this.#rest, bytes.subarray(0, read)]);
    const end = all.lastIndexOf("\n") + 1;
    this.#rest = all.subarray(end);
    const lines = all.subarray(0, end).toString().split("\n").slice(0, -1);
    // The first may be the end of one.
    return skipped > 0 ? lines.slice(1) : lines;
  }

  /** Whether another file has its name by now. */
  isReplaced(): boolean {
    const now = statSync(this.#path, { throwIfNoEntry: false });
    return now !== undefined && now.ino !== fstatSync(this.#fd).ino;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function print(line: string): void {
  process.stdout.write(readableLine(`${line}\n`, process.stdout));
}
