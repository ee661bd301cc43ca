// The store of a data directory whose daemon is gone, opened as its next daemon would.

import { storePlace } from "../../engine/store/open.ts";
import { loadSettings } from "../../server/settings/load.ts";
import { storeEnv } from "./store-env.ts";

function placeOf(home: string, env: Record<string, string> = {}) {
  const given = { OPCODE_HOME: home, ...env };
  return storePlace(loadSettings({ env: { ...given, ...storeEnv(given) } }));
}

/** `env`: what says where its data are, when that is not the usual place. */
export async function openHomeStore(home: string, env?: Record<string, string>) {
  const openStore = await (await placeOf(home, env)).opener();
  return await openStore({ durability: "full" });
}

type HomeStore = Awaited<ReturnType<typeof openHomeStore>>;

/** The same under the lock, for as long as the work takes. */
export async function withHomeStore<T>(
  home: string,
  work: (store: HomeStore) => Promise<T>,
): Promise<T> {
  const lock = (await placeOf(home)).lock();
  const store = await openHomeStore(home);
  try {
    return await work(store);
  } finally {
    await store.close();
    lock.release();
  }
}
