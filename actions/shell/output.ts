// What shell.exec answers of a program that has ended, within what its step's output may take.

import { DEEPEST_VALUE, isDeeperThan } from "../../core/depth.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { isText, wholeCharacters } from "../bytes.ts";
import { fitText, jsonBytes } from "../captured-text.ts";
import { type Reserve, reserveParsed, reserveText } from "../reserve.ts";
import type { Capture } from "./capture.ts";
import type { Captured } from "./command.ts";

/** Bytes of JSON for everything but the texts. */
const FRAME = 512;

/** Of one byte as JSON: an escape has six, and so have the digits of a short number like 1E20. */
const LARGEST_GROWTH = 6;

interface Stream {
  text: string;
  truncated: boolean;
  /** The bytes, where the text has replacement characters for some of them. */
  binary: Buffer | undefined;
}

/**
 * The step's output; its JSON has at most `most` bytes, and what was cut for that is marked. Its
 * memory is counted by `reserve`, which may reject.
 */
export async function shellOutput(
  { captured, durationMs, most, reserve }: {
    captured: Captured;
    durationMs: number;
    most: number;
    reserve: Reserve;
  },
): Promise<JsonObject> {
  await reserveText(captured.stdout.bytes.length + captured.stderr.bytes.length, reserve);
  const streams = { stdout: decode(captured.stdout), stderr: decode(captured.stderr) };
  const value = await parsed(streams.stdout, reserve);
  const bytes = 3 * captured.stdout.bytes.length + captured.stderr.bytes.length;
  const fits = FRAME + LARGEST_GROWTH * bytes <= most;
  return {
    ...(fits ? whole(streams, value) : fit(streams, value, Math.max(0, most - FRAME))),
    exit_code: captured.exitCode,
    duration_ms: durationMs,
    killed: captured.killed,
  };
}

function decode({ bytes, truncated }: Capture): Stream {
  const readable = truncated ? wholeCharacters(bytes) : bytes;
  return {
    text: readable.toString("utf8"),
    truncated,
    binary: isText(readable) ? undefined : bytes,
  };
}

/** The JSON value that all of the stream is; its text when it is none, or too deep to be stored. */
async function parsed({ text, truncated }: Stream, reserve: Reserve): Promise<Json> {
  // Only what begins like JSON is tried: an exception costs more than a look.
  if (truncated || !/^\s*["[{\d\-tfn]/.test(text)) return text;
  await reserveParsed(text, reserve);
  try {
    const value: Json = parseJson(text);
    return isDeeperThan(value, DEEPEST_VALUE - 1) ? text : value;
  } catch {
    return text;
  }
}

interface Streams {
  stdout: Stream;
  stderr: Stream;
}

function whole({ stdout, stderr }: Streams, value: Json): JsonObject {
  return {
    stdout: value,
    stdout_raw: stdout.text,
    ...(stdout.binary && { stdout_base64: stdout.binary.toString("base64") }),
    stderr: stderr.text,
    ...marks(stdout.truncated, stderr.truncated),
  };
}

/**
 * Standard error gets what standard output leaves, a quarter at least. A parsed value is kept
 * before its text, a text is halved with its copy, and bytes take half of what there is.
 */
function fit({ stdout, stderr }: Streams, value: Json, most: number): JsonObject {
  const raw = fitText(stdout.text, Infinity).bytes;
  const valueBytes = value === stdout.text ? raw : jsonBytes(value);
  const base64Bytes = stdout.binary ? Math.ceil(stdout.binary.length / 3) * 4 + 2 : 0;
  const wanted = valueBytes + raw + base64Bytes;
  const error = fitText(stderr.text, Math.max(Math.floor(most / 4), most - wanted));
  const left = most - error.bytes;
  const errorCut = stderr.truncated || error.truncated;
  if (wanted <= left) {
    const kept = { ...stderr, text: error.text, truncated: errorCut };
    return whole({ stdout, stderr: kept }, value);
  }
  const both = { stderr: error.text, ...marks(true, errorCut) };
  if (stdout.binary) {
    const { text } = fitText(stdout.text, Math.floor(left / 4));
    // Whole groups of three bytes need no padding.
    const bytes = stdout.binary.subarray(0, 3 * Math.floor((left / 2 - 2) / 4));
    return { stdout: text, stdout_raw: text, stdout_base64: bytes.toString("base64"), ...both };
  }
  // "" takes two bytes.
  if (value !== stdout.text && valueBytes + 2 <= left) {
    return { stdout: value, stdout_raw: fitText(stdout.text, left - valueBytes).text, ...both };
  }
  const { text } = fitText(stdout.text, Math.floor(left / 2));
  return { stdout: text, stdout_raw: text, ...both };
}

function marks(stdout: boolean, stderr: boolean): JsonObject {
  return { ...(stdout && { stdout_truncated: true }), ...(stderr && { stderr_truncated: true }) };
}
