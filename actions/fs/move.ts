// How fs.move gives a file or directory another name.

import { rename } from "node:fs/promises";
import { OpcodeError } from "../../core/errors.ts";
import type { Action } from "../action.ts";
import { throwIfCancelled } from "../deadline.ts";
import { hasCode, naming, systemError } from "../paths/errors.ts";
import { findEntry, type Place } from "../paths/find.ts";
import { Gate, holdEntry } from "../paths/gate.ts";
import { confirmHeld, entryPath, isSame } from "../paths/pin.ts";
import { absolutePath } from "../paths.ts";
import { shownPath } from "../paths/names.ts";
import { placedBy, transferInput, transferOutput } from "./common.ts";
import { copyEntry, requireCopyable, surveyTransfer } from "./copy-tree.ts";
import { refuseInside } from "./inside.ts";
import { removeTree } from "./remove.ts";
import { putInPlace, syncDirectory } from "./replace.ts";
import { type Found, type Level } from "./tree.ts";

export const fsMove: Action = {
  name: "fs.move",
  description: "Renames a file, a link or a directory, to another file system too. A file " +
    "replaces another one; a directory replaces only an empty one.",
  example: { src: "${{inputs.folder}}/in/notes.txt", dst: "${{inputs.folder}}/in/done.txt" },
  ...placedBy("src", "dst"),
  effects: "external",
  input: transferInput,
  output: transferOutput,
  async execute(params, { host, signal }) {
    const src = absolutePath(params.src as string, host, "src");
    const dst = absolutePath(params.dst as string, host, "dst");
    const gate = await Gate.open(host);
    using place = await naming(src, () => findEntry({ path: src, gate, access: "write" }));
    const source = await naming(src, async () => requireMovable(place));
    const isDirectory = source.stats.isDirectory();
    if (isDirectory) await refuseInside({ source: source.real, path: src, target: dst });
    throwIfCancelled(signal);

    return await naming(dst, async () => {
      const makeParents = params.create_dirs === true;
      using target = await findEntry({ path: dst, gate, access: "write", makeParents });
      if (isSame(source.stats, target.stats)) {
        throw new OpcodeError(
          "VALIDATION_ERROR",
          `params.dst: ${shownPath(dst)} is ${shownPath(src)} itself`,
        );
      }
      if (target.stats) requireCopyable(target.stats, dst);
      const size = await surveyed({ source, target, gate, signal });
      const from = { directory: source.parent, path: src, depth: 0, gate, signal };
      await move(from, { source, target });
      return { src: shownPath(src), dst: shownPath(dst), size, is_dir: isDirectory };
    });
  },
};

function requireMovable(place: Place): Found {
  if (!place.stats) throw systemError("ENOENT", "no such file or directory");
  requireCopyable(place.stats, place.path);
  return place as Found;
}

async function surveyed(
  { source, target, gate, signal }: {
    source: Found;
    target: Place;
    gate: Gate;
    signal: AbortSignal;
  },
): Promise<number> {
  if (source.stats.isFile()) return Number(source.stats.size);
  if (!source.stats.isDirectory()) return 0;
  using directory = await holdEntry(source, { directory: true });
  const top = { directory, path: source.path, depth: 0, gate, signal };
  return await surveyTransfer(top, { target, move: true });
}

async function move(
  from: Level,
  { source, target }: { source: Found; target: Place },
): Promise<void> {
  throwIfCancelled(from.signal);
  await confirmHeld(source.parent);
  await confirmHeld(target.parent);
  try {
    await rename(
      entryPath(source.parent, source.name),
      entryPath(target.parent, target.name),
    );
  } catch (error) {
    if (!hasCode(error, "EXDEV")) throw error;
    await moveAcross(from, { source, target });
  }
  await syncDirectory(target.parent);
  await syncDirectory(source.parent);
}

/** To another file system: a whole copy beside the target takes its name, then the source goes. */
async function moveAcross(
  from: Level,
  { source, target }: { source: Found; target: Place },
): Promise<void> {
  const { gate, signal } = from;
  await putInPlace({
    entry: target,
    gate,
    signal,
    make: async (temporary) => {
      const copy = { ...target, name: temporary, stats: undefined };
      await copyEntry(from, { source, target: copy, options: { gate, signal, keep: true } });
    },
  });
  // Until the copy's name is on disk, the source is what a power cut leaves.
  await syncDirectory(target.parent);
  await removeTree(from, source);
}
