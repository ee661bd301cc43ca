// What fs.* offers: one file an action in fs/.

import type { Action } from "./action.ts";
import { fsRead } from "./fs/read.ts";
import { fsStat } from "./fs/stat.ts";
import { fsWrite } from "./fs/write.ts";

export const fsActions: readonly Action[] = [fsRead, fsStat, fsWrite];
