// How fs.write puts a file's content in place.

import type { BigIntStats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { Action } from "../action.ts";
import { findPlace } from "../paths/find.ts";
import { naming } from "../paths/errors.ts";
import { Gate } from "../paths/gate.ts";
import { absolutePath } from "../paths.ts";
import { shownPath } from "../paths/names.ts";
import { createDirsParam, pathOutput, pathParam, placedBy } from "./common.ts";
import { contentOf, contentParams, modeOf, NEW_FILE } from "./content.ts";
import { replaceFile, syncDirectory } from "./replace.ts";

export const fsWrite: Action = {
  name: "fs.write",
  description: "Writes a file, replacing its content if it exists. The file is replaced as a " +
    "whole: readers see the old content or the new one, and other hard links keep the old one.",
  example: {
    path: "${{inputs.folder}}/out/report.txt",
    content: "${{inputs.text}}",
    create_dirs: true,
  },
  ...placedBy("path"),
  effects: "external",
  keeps: ["content"],
  input: {
    type: "object",
    properties: {
      path: pathParam,
      ...contentParams,
      create_dirs: createDirsParam,
      mode: {
        type: ["integer", "string"],
        minimum: 0,
        maximum: 0o7777,
        default: NEW_FILE,
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
  execute(params, { host, signal }) {
    const bytes = contentOf(params);
    const mode = modeOf(params.mode!);
    const path = absolutePath(params.path as string, host);
    return naming(path, async () => {
      const gate = await Gate.open(host);
      const makeParents = params.create_dirs === true;
      using entry = await findPlace({ path, gate, access: "write", makeParents });
      await replaceFile({
        entry,
        mode,
        write: (file) => file.writeFile(bytes, { signal }),
        finish: async (file) => {
          if (entry.stats) await keepOwnership(file, entry.stats);
        },
        gate,
        signal,
      });
      await syncDirectory(entry.parent);
      return { path: shownPath(path), size: bytes.length };
    });
  },
};

async function keepOwnership(file: FileHandle, { uid, gid, mode }: BigIntStats): Promise<void> {
  const own = await file.stat();
  if (own.uid !== Number(uid) || own.gid !== Number(gid)) {
    // Only root may give a file away; for anybody else the new file is the writer's.
    await file.chown(Number(uid), Number(gid)).catch(() => {});
  }
  await file.chmod(Number(mode) & 0o7777);
}
