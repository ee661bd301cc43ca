// What `opcode db` takes, beside its verb.

import type { GlobalFlags } from "../context.ts";

export interface DatabaseFlags extends GlobalFlags {
  to?: string;
  passwordFile?: string;
  dryRun?: boolean;
}
