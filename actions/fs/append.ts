// How fs.append adds to the end of a file.

import { constants, fsync, write } from "node:fs";
import { promisify } from "node:util";
import type { Action } from "../action.ts";
import { throwIfCancelled } from "../deadline.ts";
import { hasCode, naming } from "../paths/errors.ts";
import { findPlace, type Place } from "../paths/find.ts";
import { Gate, holdEntry } from "../paths/gate.ts";
import { closeFile, confirmHeld, entryPath, openFile, statFile } from "../paths/pin.ts";
import { absolutePath, requireRegular } from "../paths.ts";
import { shownPath } from "../paths/names.ts";
import { pathOutput, pathParam, placedBy } from "./common.ts";
import { contentOf, contentParams, NEW_FILE } from "./content.ts";
import { syncDirectory } from "./replace.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

const writeFile = promisify(write);
const syncFile = promisify(fsync);

/** Another one may make or remove the file just when it is to be opened or made. */
const MOST_TRIES = 10;

export const fsAppend: Action = {
  name: "fs.append",
  description: "Adds to the end of a file; makes it (0644) when there is none, but no directories.",
  example: { path: "${{inputs.folder}}/in/notes.txt", content: "${{inputs.text}}\n" },
  ...placedBy("path"),
  effects: "external",
  keeps: ["content"],
  input: {
    type: "object",
    properties: { path: pathParam, ...contentParams },
    required: ["path", "content"],
  },
  output: {
    type: "object",
    properties: {
      path: pathOutput,
      size: { type: "integer", description: "Bytes of the whole file afterwards." },
    },
    required: ["path", "size"],
  },
  execute(params, { host, signal }) {
    const bytes = contentOf(params);
    const path = absolutePath(params.path as string, host);
    return naming(path, async () => {
      const gate = await Gate.open(host);
      const fd = await openForAppending({ path, gate, signal });
      try {
        // One call, so that what others append at the same time does not come in between.
        for (let done = 0; done < bytes.length;) {
          const { bytesWritten } = await writeFile(fd, bytes, done, bytes.length - done, null);
          done += bytesWritten;
        }
        await syncFile(fd);
        const { size } = await statFile(fd, { bigint: true });
        return { path: shownPath(path), size: Number(size) };
      } finally {
        await closeFile(fd);
      }
    });
  },
};

async function openForAppending(
  { path, gate, signal }: { path: string; gate: Gate; signal: AbortSignal },
): Promise<number> {
  for (let tries = 1;; tries++) {
    throwIfCancelled(signal);
    using entry = await findPlace({ path, gate, access: "write" });
    try {
      return await openEntry(entry, gate);
    } catch (error) {
      if (!hasCode(error, "EEXIST", "ENOENT") || tries === MOST_TRIES) throw error;
    }
  }
}

async function openEntry(entry: Place, gate: Gate): Promise<number> {
  const { parent, name, stats, path } = entry;
  if (stats) {
    requireRegular(stats, path);
    using file = await holdEntry(entry);
    return await gate.openHeld(file, { path, flags: O_WRONLY | O_APPEND });
  }
  await confirmHeld(parent);
  const flags = O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW;
  const fd = await openFile(entryPath(parent, name) as string, flags, NEW_FILE);
  await syncDirectory(parent);
  return fd;
}
