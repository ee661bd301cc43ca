// How fs.copy makes a file, or a directory with all that is in it, a second time.

import { OpcodeError } from "../../core/errors.ts";
import type { Action } from "../action.ts";
import { throwIfCancelled } from "../deadline.ts";
import { naming, systemError } from "../paths/errors.ts";
import { findFile, findPlace } from "../paths/find.ts";
import { Gate } from "../paths/gate.ts";
import { isSame } from "../paths/pin.ts";
import { absolutePath, requireRegular } from "../paths.ts";
import { shownPath } from "../paths/names.ts";
import { placedBy, transferInput, transferOutput } from "./common.ts";
import { copyDirectory, copyFile, surveyTransfer } from "./copy-tree.ts";
import { refuseInside } from "./inside.ts";
import { syncDirectory } from "./replace.ts";

export const fsCopy: Action = {
  name: "fs.copy",
  description: "Copies a file over another one, or a directory into another one, which keeps " +
    "what else it has. Links in a directory are copied as links.",
  example: {
    src: "${{inputs.folder}}/in/notes.txt",
    dst: "${{inputs.folder}}/out/notes.txt",
    create_dirs: true,
  },
  ...placedBy("src", "dst"),
  effects: "external",
  input: transferInput,
  output: transferOutput,
  async execute(params, { host, signal }) {
    const src = absolutePath(params.src as string, host, "src");
    const dst = absolutePath(params.dst as string, host, "dst");
    const gate = await Gate.open(host);
    using source = await naming(src, () => findFile({ path: src, gate, access: "read" }));
    const isDirectory = source.stats.isDirectory();
    if (isDirectory) await refuseInside({ source: source.real, path: src, target: dst });
    else await naming(src, async () => requireRegular(source.stats, src));
    throwIfCancelled(signal);

    return await naming(dst, async () => {
      const makeParents = params.create_dirs === true;
      using target = await findPlace({ path: dst, gate, access: "write", makeParents });
      if (isSame(source.stats, target.stats)) {
        throw new OpcodeError(
          "VALIDATION_ERROR",
          `params.dst: ${shownPath(dst)} is ${shownPath(src)} itself`,
        );
      }
      const options = { gate, signal, keep: false };
      if (!isDirectory) {
        const size = await copyFile({ file: source, path: src, target, options });
        await syncDirectory(target.parent);
        return { src: shownPath(src), dst: shownPath(dst), size, is_dir: false };
      }
      if (target.stats && !target.stats.isDirectory()) {
        throw systemError("ENOTDIR", "not a directory");
      }
      const top = { directory: source, path: src, depth: 0, gate, signal };
      await surveyTransfer(top, { target, move: false });
      const size = await copyDirectory(top, { target, options });
      await syncDirectory(target.parent);
      return { src: shownPath(src), dst: shownPath(dst), size, is_dir: true };
    });
  },
};
