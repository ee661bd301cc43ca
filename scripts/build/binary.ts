// How the binary for this platform is made of the sources and what npm has installed.

import { statSync } from "node:fs";
import { join } from "node:path";
import { addonAsset, carriedByAll } from "./carried.ts";
import { addCodeCache } from "./code-cache.ts";
import { buildPrograms } from "./programs.ts";
import { writeBinary } from "./sea.ts";
import { ownTarget } from "./targets.ts";

export interface BinaryOptions {
  /** Where it is written. */
  file: string;
  version: string;
  /** Whether it carries what V8 compiles of it: it starts faster then, and no two builds are equal. */
  codeCache: boolean;
}

/** Throws what stops it; returns its size. */
export async function buildBinary(
  root: string,
  { file, version, codeCache }: BinaryOptions,
): Promise<{ bytes: number }> {
  const target = ownTarget();
  const programs = await buildPrograms(root, version);
  const carried = await carriedByAll(root, programs);
  const addon = join(root, "node_modules", target.addon, "index.node");
  carried.set(...addonAsset(addon));
  const node = join(root, "node_modules", target.node, "bin", "node");
  if (codeCache) addCodeCache(carried, programs.binary, node);
  writeBinary(file, { node, program: programs.binary, carried });
  return { bytes: statSync(file).size };
}
