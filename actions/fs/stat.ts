// What fs.stat tells about a file or directory.

import type { Action } from "../action.ts";
import { absolutePath, statGated } from "../paths.ts";
import { shownPath } from "../paths/names.ts";
import { pathOutput, pathParam, placedBy, wholeSeconds } from "./common.ts";

export const fsStat: Action = {
  name: "fs.stat",
  description: "Size, time and permissions of a file or directory; links are followed.",
  example: { path: "${{inputs.folder}}/in/notes.txt" },
  ...placedBy("path"),
  effects: "external",
  repeatable: true,
  input: { type: "object", properties: { path: pathParam }, required: ["path"] },
  output: {
    type: "object",
    properties: {
      path: pathOutput,
      size: { type: "integer", description: "Bytes." },
      modified_at: { type: "string", format: "date-time" },
      is_dir: { type: "boolean" },
      permissions: { type: "string", description: 'Four octal digits, such as "0644".' },
    },
    required: ["path", "size", "modified_at", "is_dir", "permissions"],
  },
  async execute(params, { host }) {
    const path = absolutePath(params.path as string, host);
    const stats = await statGated(path, host);
    return {
      path: shownPath(path),
      size: Number(stats.size),
      modified_at: wholeSeconds(stats.mtimeMs),
      is_dir: stats.isDirectory(),
      permissions: (Number(stats.mode) & 0o7777).toString(8).padStart(4, "0"),
    };
  },
};
