// What fs.list tells about what is in a directory.

import type { BigIntStats } from "node:fs";
import type { JsonObject } from "../../core/json.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { Action } from "../action.ts";
import { hasCode, naming, systemError, unfit } from "../paths/errors.ts";
import { findFile } from "../paths/find.ts";
import { Gate } from "../paths/gate.ts";
import { nameText, shownName, shownPath } from "../paths/names.ts";
import { entryPath, pin } from "../paths/pin.ts";
import { absolutePath } from "../paths.ts";
import { pathOutput, pathParam, placedBy, wholeSeconds } from "./common.ts";
import { compileGlob } from "./glob.ts";
import { descend, entriesOf, type Found, type Level } from "./tree.ts";

const MOST_ENTRIES = 100_000;

export const fsList: Action = {
  name: "fs.list",
  description: "Lists a directory, sorted by name. Links are listed and never gone into. " +
    "Entries that the settings forbid are left out and counted.",
  example: { path: "${{inputs.folder}}/in", pattern: "*.txt", recursive: true },
  ...placedBy("path"),
  effects: "external",
  repeatable: true,
  input: {
    type: "object",
    properties: {
      path: pathParam,
      pattern: {
        type: "string",
        description: "Which names: `*`, `?`, `[a-z]`, `[^x]` and `\\` as an escape. A link then " +
          "stands for what it leads to, unless recursive.",
      },
      recursive: {
        type: "boolean",
        default: false,
        description: "Goes into all directories, also those whose names do not match.",
      },
    },
    required: ["path"],
  },
  output: {
    type: "object",
    properties: {
      path: pathOutput,
      entries: {
        type: "array",
        items: {
          type: "object",
          properties: {
            name: { type: "string" },
            path: { type: "string", description: "What other actions take for it." },
            not_utf8: {
              type: "boolean",
              description:
                "Present and true when the name is no UTF-8: `name` shows it with U+FFFD " +
                "and names another file, `path` is a file URL and names this one.",
            },
            size: { type: "integer", description: "Bytes." },
            modified_at: { type: "string", format: "date-time" },
            is_dir: { type: "boolean" },
          },
          required: ["name", "path", "size", "modified_at", "is_dir"],
        },
      },
      left_out: {
        type: "integer",
        description: "Present when entries were left out that must not be seen: how many.",
      },
    },
    required: ["path", "entries"],
  },
  execute(params, { host, signal }) {
    const pattern = (params.pattern ?? "") as string;
    const matches = pattern === "" ? () => true : compileGlob(pattern);
    const path = absolutePath(params.path as string, host);
    return naming(path, async () => {
      const gate = await Gate.open(host);
      using directory = await findFile({ path, gate, access: "read" });
      if (!directory.stats.isDirectory()) throw systemError("ENOTDIR", "not a directory");
      const listing = { matches, follow: pattern !== "", entries: [], leftOut: 0 };
      const top = { directory, path, depth: 0, gate, signal };
      await (params.recursive ? listTree(top, listing) : listOne(top, listing));
      const { entries, leftOut } = listing;
      return { path: shownPath(path), entries, ...(leftOut > 0 && { left_out: leftOut }) };
    });
  },
};

interface Listing {
  matches: (name: string) => boolean;
  follow: boolean;
  entries: JsonObject[];
  leftOut: number;
}

async function listOne(level: Level, listing: Listing): Promise<void> {
  for await (const entry of entriesOf(level)) {
    if (!listing.matches(nameText(entry.name))) continue;
    await unlessDenied(listing, async () => {
      level.gate.checkEntry(entry, { access: "read" });
      const follow = listing.follow && entry.stats.isSymbolicLink();
      const stats = follow ? await statTarget(entry, level.gate) : entry.stats;
      if (stats) add(entry, { stats, top: level.path, listing });
    });
  }
}

async function listTree(level: Level, listing: Listing, top: string = level.path): Promise<void> {
  for await (const entry of entriesOf(level)) {
    await unlessDenied(listing, async () => {
      level.gate.checkEntry(entry, { access: "read" });
      if (listing.matches(nameText(entry.name))) add(entry, { stats: entry.stats, top, listing });
      if (entry.stats.isDirectory()) {
        await descend(level, entry, (inner) => listTree(inner, listing, top));
      }
    });
  }
}

async function unlessDenied(listing: Listing, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof OpcodeError) || error.code !== "PATH_DENIED") throw error;
    listing.leftOut++;
  }
}

/** What a link leads to; undefined when that is nothing. */
async function statTarget(entry: Found, gate: Gate): Promise<BigIntStats | undefined> {
  try {
    using target = await pin(entryPath(entry.parent, entry.name));
    gate.checkHeld(target, { path: entry.path, access: "read" });
    return target.stats;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ELOOP", "ENOTDIR", "EACCES")) return undefined;
    throw error;
  }
}

function add(
  entry: Found,
  { stats, top, listing }: { stats: BigIntStats; top: string; listing: Listing },
): void {
  if (listing.entries.length === MOST_ENTRIES) {
    throw unfit(top, `has more than ${MOST_ENTRIES} such entries`);
  }
  const name = nameText(entry.name);
  listing.entries.push({
    name: shownName(name),
    path: shownPath(entry.path),
    ...(!name.isWellFormed() && { not_utf8: true }),
    size: Number(stats.size),
    modified_at: wholeSeconds(stats.mtimeMs),
    is_dir: stats.isDirectory(),
  });
}
