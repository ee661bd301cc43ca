// Whether settings that are each as they should be would keep a daemon from starting all the same.

import { parseListenAddr } from "../server/address.ts";
import { allowedActions } from "../server/engine-parts.ts";
import { refuseRisks } from "../server/risks.ts";
import type { Settings } from "../server/settings/load.ts";

/** Throws as the start of a daemon does. */
export async function refuseAsStart(settings: Settings): Promise<void> {
  refuseRisks(parseListenAddr(settings.listen_addr)!.host, {
    settings,
    conformanceFixtures: process.env.OPCODE_CONFORMANCE_FIXTURES === "1",
  });
  allowedActions(await import("../server/parts.ts"), settings);
}
