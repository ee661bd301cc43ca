// How the service of a data directory is called: each has its own.

import { createHash } from "node:crypto";
import { homeOf } from "../../server/settings/load.ts";

/** `opcode`; of another data directory than the user's usual one, with eight digits that stand for it. */
export function serviceName(home: string): string {
  if (home === homeOf({})) return "opcode";
  const hash = createHash("sha256").update(home).digest("hex").slice(0, 8);
  return `opcode-${hash}`;
}
