// What fs.* offers: one file an action in fs/.

import type { Action } from "./action.ts";
import { fsAppend } from "./fs/append.ts";
import { deviceCircuit } from "./fs/circuit.ts";
import { fsCopy } from "./fs/copy.ts";
import { fsDelete } from "./fs/delete.ts";
import { fsList } from "./fs/list.ts";
import { fsMove } from "./fs/move.ts";
import { fsRead } from "./fs/read.ts";
import { fsStat } from "./fs/stat.ts";
import { fsWrite } from "./fs/write.ts";

export const fsActions: readonly Action[] = [
  fsAppend,
  fsCopy,
  fsDelete,
  fsList,
  fsMove,
  fsRead,
  fsStat,
  fsWrite,
].map((action) => ({ ...action, circuit: deviceCircuit }));
