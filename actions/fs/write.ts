// How fs.write puts a file in place: whole or not at all, and durably.

import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { JsonObject } from "../../core/json.ts";
import type { Action, Host } from "../action.ts";
import { throwIfCancelled } from "../deadline.ts";
import { invalid } from "../params.ts";
import {
  fileError,
  type GatedPath,
  passGate,
  refuseProtected,
  requireRegular,
  statIfThere,
} from "../paths.ts";
import { pathOutput, pathParam } from "./common.ts";

const DEFAULT_MODE = 0o644;

export const fsWrite: Action = {
  name: "fs.write",
  description: "Writes a file, replacing its content if it exists. The file is replaced as a " +
    "whole: readers see the old content or the new one, and other hard links keep the old one.",
  effects: "external",
  input: {
    type: "object",
    properties: {
      path: pathParam,
      content: { type: "string", description: "Values that are not text are written as JSON." },
      encoding: {
        type: "string",
        enum: ["text", "base64"],
        default: "text",
        description: "base64: content is decoded first.",
      },
      create_dirs: { type: "boolean", default: false, description: "Makes missing parents." },
      mode: {
        type: ["integer", "string"],
        minimum: 0,
        maximum: 0o7777,
        default: DEFAULT_MODE,
        description: 'Permissions of a new file: 420 or its octal text "0644"; umask applies. ' +
          "An existing file keeps its own.",
      },
    },
    required: ["path", "content"],
  },
  output: {
    type: "object",
    properties: {
      path: pathOutput,
      size: { type: "integer", description: "Bytes written." },
    },
    required: ["path", "size"],
  },
  async execute(params, { host, signal }) {
    const bytes = contentOf(params);
    const mode = modeOf(params.mode!);
    const gated = await passGate({ path: params.path as string, access: "write", host });
    try {
      if (gated.stats) {
        requireRegular(gated.stats);
        await access(gated.real, constants.W_OK);
      } else if (params.create_dirs) {
        await mkdir(dirname(gated.real), { recursive: true, mode: 0o755 });
      }
      await replace({ gated, bytes, mode, host, signal });
    } catch (error) {
      throw fileError(error, gated.path);
    }
    return { path: gated.path, size: bytes.length };
  },
};

function contentOf(params: JsonObject): Buffer {
  const content = params.content as string;
  if (params.encoding === "text") return Buffer.from(content, "utf8");
  const compact = content.replace(/\s/g, "");
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(compact) || compact.replace(/=*$/, "").length % 4 === 1) {
    throw invalid("params.content", "must be base64");
  }
  return Buffer.from(compact, "base64");
}

function modeOf(mode: number | string | unknown): number {
  if (typeof mode === "number") return mode;
  const digits = /^(?:0o)?([0-7]{1,5})$/.exec(mode as string)?.[1];
  const value = digits === undefined ? NaN : parseInt(digits, 8);
  if (value <= 0o7777) return value;
  throw invalid("params.mode", 'must be an integer or octal digits such as "0644"');
}

/** Writes a temporary file beside the target and renames it over it. */
async function replace(
  { gated, bytes, mode, host, signal }: {
    gated: GatedPath;
    bytes: Buffer;
    mode: number;
    host: Host;
    signal: AbortSignal;
  },
): Promise<void> {
  const directory = dirname(gated.real);
  const temporary = join(directory, `.opcode-${randomUUID()}.tmp`);
  const file = await open(temporary, "wx", mode);
  try {
    try {
      await file.writeFile(bytes, { signal });
      if (gated.stats) await keepOwnership(file, gated.stats);
      await file.sync();
    } finally {
      await file.close();
    }
    throwIfCancelled(signal);
    refuseProtected({ path: gated.path, stats: await statIfThere(gated.real), host });
    await rename(temporary, gated.real);
  } catch (error) {
    await rm(temporary, { force: true });
    throwIfCancelled(signal);
    throw error;
  }
  await syncDirectory(directory);
}

async function keepOwnership(
  file: FileHandle,
  { uid, gid, mode }: { uid: bigint; gid: bigint; mode: bigint },
): Promise<void> {
  const own = await file.stat();
  if (own.uid !== Number(uid) || own.gid !== Number(gid)) {
    // Only root may give a file away; for anybody else the new file is the writer's.
    await file.chown(Number(uid), Number(gid)).catch(() => {});
  }
  await file.chmod(Number(mode) & 0o7777);
}

/** Makes the rename itself survive a power cut, where the file system can. */
async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, "r");
    await directory.sync().finally(() => directory.close());
  } catch {
    // Some file systems cannot sync a directory, and some directories cannot be read.
  }
}
