// The store of a data directory whose daemon is gone, opened as its next daemon would.

import { storePlace } from "../../engine/store/open.ts";
import { loadSettings } from "../../server/settings/load.ts";
import { storeEnv } from "./store-env.ts";

export async function openHomeStore(home: string) {
  const given = { OPCODE_HOME: home };
  const settings = loadSettings({ env: { ...given, ...storeEnv(given) } });
  const openStore = await (await storePlace(settings)).opener();
  return await openStore({ durability: "full" });
}
