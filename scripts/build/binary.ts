// How the binary for a platform is made of the sources and what npm has installed or fetches.

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { addonAsset, type Carried, carriedByAll } from "./carried.ts";
import { addCodeCache } from "./code-cache.ts";
import { packageFile } from "./packages.ts";
import { buildPrograms, type Compiled, type ProgramName } from "./programs.ts";
import { writeBinary } from "./sea.ts";
import { signMachO } from "./sign-macho.ts";
import { ownTarget, type Target } from "./targets.ts";

export interface BinaryOptions extends Compiled {
  /** Where it is written. */
  file: string;
  /** Whether it carries what V8 compiles of it: it starts faster then, and no two builds are equal. */
  codeCache: boolean;
}

/** What the binaries of all platforms have in common. */
export interface CommonParts {
  programs: Record<ProgramName, string>;
  carried: Carried;
}

/** Makes the binary for this machine. Throws what stops it; returns its size. */
export async function buildBinary(
  root: string,
  { file, codeCache, ...compiled }: BinaryOptions,
): Promise<{ bytes: number }> {
  return buildFor(root, await commonParts(root, compiled), {
    file,
    codeCache,
    target: ownTarget(),
  });
}

export async function commonParts(root: string, compiled: Compiled): Promise<CommonParts> {
  const programs = await buildPrograms(root, compiled);
  return { programs, carried: await carriedByAll(root, programs) };
}

/** Of another platform only without what V8 would compile there. */
export function buildFor(
  root: string,
  { programs, carried: shared }: CommonParts,
  { file, codeCache, target }: { file: string; codeCache: boolean; target: Target },
): { bytes: number } {
  const carried = new Map(shared);
  const addon = packageFile(root, { name: target.addon, path: "index.node" });
  carried.set(...addonAsset(addon));
  const node = packageFile(root, { name: target.node, path: "bin/node" });
  if (codeCache) addCodeCache(carried, programs.binary, node);
  writeBinary(file, { node, program: programs.binary, carried });
  if (target.platform.startsWith("darwin")) writeFileSync(file, signMachO(readFileSync(file)));
  return { bytes: statSync(file).size };
}
