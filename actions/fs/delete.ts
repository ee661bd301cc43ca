// How fs.delete removes a file or a directory.

import type { Action } from "../action.ts";
import { throwIfCancelled } from "../deadline.ts";
import { hasCode, naming, systemError } from "../paths/errors.ts";
import { findEntry } from "../paths/find.ts";
import { Gate, holdEntry } from "../paths/gate.ts";
import { absolutePath } from "../paths.ts";
import { shownPath } from "../paths/names.ts";
import { pathOutput, pathParam, placedBy } from "./common.ts";
import { removeEntry, removeTree } from "./remove.ts";
import { syncDirectory } from "./replace.ts";
import { type Found, survey } from "./tree.ts";

export const fsDelete: Action = {
  name: "fs.delete",
  description: "Removes a file, a link (not what it leads to) or a directory. With recursive, " +
    "everything in it too, and what is missing counts as removed.",
  example: { path: "${{inputs.folder}}/old", recursive: true },
  ...placedBy("path"),
  effects: "external",
  input: {
    type: "object",
    properties: {
      path: pathParam,
      recursive: {
        type: "boolean",
        default: false,
        description: "Removes directories that are not empty.",
      },
    },
    required: ["path"],
  },
  output: {
    type: "object",
    properties: { path: pathOutput, deleted: { type: "boolean", enum: [true] } },
    required: ["path", "deleted"],
  },
  execute(params, { host, signal }) {
    const path = absolutePath(params.path as string, host);
    return naming(path, async () => {
      try {
        await remove({
          path,
          recursive: params.recursive === true,
          gate: await Gate.open(host),
          signal,
        });
      } catch (error) {
        if (!params.recursive || !hasCode(error, "ENOENT")) throw error;
      }
      return { path: shownPath(path), deleted: true };
    });
  },
};

async function remove(
  { path, recursive, gate, signal }: {
    path: string;
    recursive: boolean;
    gate: Gate;
    signal: AbortSignal;
  },
): Promise<void> {
  using entry = await findEntry({ path, gate, access: "write" });
  if (!entry.stats) throw systemError("ENOENT", "no such file or directory");
  const found = entry as Found;
  throwIfCancelled(signal);
  if (recursive && found.stats.isDirectory()) {
    const { parent } = entry;
    {
      using directory = await holdEntry(entry, { directory: true });
      const inside = { directory, path, depth: 1, gate, signal };
      await survey(inside, { access: "write", removes: true });
    }
    await removeTree({ directory: parent, path, depth: 0, gate, signal }, found);
  } else {
    await removeEntry(found);
  }
  await syncDirectory(entry.parent);
}
