// What fs.read answers: a file's content, as text or as base64.

import { read } from "node:fs";
import { promisify } from "node:util";
import type { Action } from "../action.ts";
import { isText, wholeCharacters } from "../bytes.ts";
import { fitText, jsonBytes } from "../captured-text.ts";
import { throwIfCancelled } from "../deadline.ts";
import { naming } from "../paths/errors.ts";
import { reserveText } from "../reserve.ts";
import { findFile } from "../paths/find.ts";
import { Gate } from "../paths/gate.ts";
import { absolutePath, readHeld } from "../paths.ts";
import { shownPath } from "../paths/names.ts";
import { pathOutput, pathParam, placedBy } from "./common.ts";

const readFile = promisify(read);

/** A NUL byte within this many bytes makes `auto` choose base64. */
const SNIFFED = 8_192;

/** More than the bytes of the output as JSON without the path and the content. */
const OTHER_FIELDS = 128;

export const fsRead: Action = {
  name: "fs.read",
  description: "Reads a regular file: at most its first 50 MiB, and what a step's output can hold.",
  example: { path: "${{inputs.folder}}/in/notes.txt" },
  ...placedBy("path"),
  effects: "external",
  repeatable: true,
  input: {
    type: "object",
    properties: {
      path: pathParam,
      encoding: {
        type: "string",
        enum: ["auto", "text", "base64"],
        default: "auto",
        description: "auto: text when the bytes are UTF-8 without NUL, else base64.",
      },
    },
    required: ["path"],
  },
  output: {
    type: "object",
    properties: {
      path: pathOutput,
      content: { type: "string" },
      encoding: { type: "string", enum: ["text", "base64"] },
      size: { type: "integer", description: "Bytes returned." },
      truncated: { type: "boolean", description: "Present and true when the file is longer." },
    },
    required: ["path", "content", "encoding", "size"],
  },
  execute(params, context) {
    const { host, signal, maxOutput } = context;
    const most = host.limits.fsMaxRead;
    const path = absolutePath(params.path as string, host);
    return naming(path, async () => {
      const gate = await Gate.open(host);
      using file = await findFile({ path, gate, access: "read" });
      const use = ({ fd, size }: { fd: number; size: number }) =>
        readUpTo({ fd, size, most: most + 1, signal });
      const all = await readHeld({ file, path, gate, use });
      const cut = all.length > most;
      const bytes = cut ? all.subarray(0, most) : all;
      await reserveText(bytes.length, (bytes) => context.reserve(bytes));
      const encoding = chooseEncoding(params.encoding as string, bytes);
      const room = maxOutput - jsonBytes(shownPath(path)) - OTHER_FIELDS;
      const shown = encoding === "text" ? asText(bytes, { cut, room }) : asBase64(bytes, { room });
      const truncated = cut || shown.truncated;
      const { content, size } = shown;
      return { path: shownPath(path), content, encoding, size, ...(truncated && { truncated }) };
    });
  },
};

interface Shown {
  content: string;
  /** Bytes of the file that it stands for. */
  size: number;
  truncated: boolean;
}

function asText(bytes: Buffer, { cut, room }: { cut: boolean; room: number }): Shown {
  const whole = cut ? wholeCharacters(bytes) : bytes;
  const { text, truncated } = fitText(whole.toString("utf8"), room);
  return { content: text, size: truncated ? Buffer.byteLength(text) : whole.length, truncated };
}

function asBase64(bytes: Buffer, { room }: { room: number }): Shown {
  const most = Math.max(0, Math.floor((room - '""'.length) / 4) * 3);
  const fitting = bytes.subarray(0, most);
  return {
    content: fitting.toString("base64"),
    size: fitting.length,
    truncated: fitting.length < bytes.length,
  };
}

function chooseEncoding(wanted: string, bytes: Buffer): "text" | "base64" {
  if (wanted !== "auto") return wanted as "text" | "base64";
  const binary = bytes.subarray(0, SNIFFED).includes(0) || !isText(wholeCharacters(bytes));
  return binary ? "base64" : "text";
}

/** At most `most` bytes. `size` is only a hint: files in /proc say 0 and hold something. */
async function readUpTo(
  { fd, size, most, signal }: { fd: number; size: number; most: number; signal: AbortSignal },
): Promise<Buffer> {
  let buffer = Buffer.allocUnsafe(Math.min(Math.max(size + 1, 4_096), most));
  let filled = 0;
  while (filled < most) {
    throwIfCancelled(signal);
    if (filled === buffer.length) {
      const larger = Buffer.allocUnsafe(Math.min(buffer.length * 2, most));
      buffer.copy(larger);
      buffer = larger;
    }
    const { bytesRead } = await readFile(fd, buffer, filled, buffer.length - filled, null);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
