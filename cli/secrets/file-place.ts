// How secrets are kept while no daemon runs: in its database, under its lock.

import { systemClock } from "../../core/clock.ts";
import { storePlace } from "../../engine/store/open.ts";
import type { Lock } from "../../engine/store/place.ts";
import { Vault } from "../../engine/vault/vault.ts";
import { Traces } from "../../server/traces.ts";
import type { Settings } from "../../server/settings/load.ts";
import { NoDaemon } from "../client.ts";
import type { SecretPlace } from "./place.ts";

/**
 * Opens the database, lets `work` use it, and closes it. `askKey` is called when the vault's key is
 * needed, at most once; it is told whether the vault is new, and will take whatever key it answers.
 */
export async function inDatabase<T>(
  options: { settings: Settings; askKey: (isNew: boolean) => Promise<string> },
  work: (place: SecretPlace) => Promise<T>,
): Promise<T> {
  const { settings, askKey } = options;
  const { db_path, durability, home } = settings;
  const stored = await storePlace(db_path);
  if (stored.inMemory) {
    throw new NoDaemon("db_path: :memory: keeps nothing without a daemon");
  }
  const umask = process.umask(0o077);
  const traces = new Traces();
  let lock: Lock | undefined;
  try {
    traces.makeDirectory(home, "OPCODE_HOME");
    if (stored.directory !== null) traces.makeDirectory(stored.directory, "db_path");
    lock = stored.lock();
    if (lock.isNew) traces.made(lock.path);
    traces.expect(stored.files());
    const openStore = await stored.opener();
    const store = await openStore({ durability });
    try {
      const vault = await Vault.read({ store, clock: systemClock });
      return await work(placeOf(vault, askKey, () => traces.keep()));
    } finally {
      await store.close();
    }
  } finally {
    traces.removeFiles();
    lock?.release();
    traces.removeDirectories();
    process.umask(umask);
  }
}

/** `stored` is called once something is: what was made for it stays then, and only then. */
function placeOf(
  vault: Vault,
  askKey: (isNew: boolean) => Promise<string>,
  stored: () => void,
): SecretPlace {
  const unlocked = async () => {
    if (vault.state !== "unlocked") await vault.unlock(await askKey(vault.state === "new"));
    return vault;
  };
  return {
    running: false,
    async ready() {
      // A new vault comes to be with its first secret.
      if (vault.state === "new") await askKey(true);
      else await unlocked();
    },
    list: () => Promise.resolve({ vault: vault.state, secrets: vault.list() }),
    async set(name, value) {
      const answer = await (await unlocked()).set(name, value);
      stored();
      return answer;
    },
    delete: (name) => vault.delete(name),
    async unlock(key) {
      await vault.unlock(key);
      stored();
    },
    async rekey(key) {
      const answer = await (await unlocked()).rekey(key);
      stored();
      return answer;
    },
  };
}
