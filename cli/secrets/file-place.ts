// How secrets are kept while no daemon runs: in its database, under its lock.

import { systemClock } from "../../core/clock.ts";
import { Vault } from "../../engine/vault/vault.ts";
import type { Settings } from "../../server/settings/load.ts";
import { withDatabase } from "../database.ts";
import type { SecretPlace } from "./place.ts";

/**
 * Opens the database, lets `work` use it, and closes it. `askKey` is called when the vault's key is
 * needed, at most once; it is told whether the vault is new, and will take whatever key it answers.
 */
export async function inDatabase<T>(
  options: { settings: Settings; askKey: (isNew: boolean) => Promise<string> },
  work: (place: SecretPlace) => Promise<T>,
): Promise<T> {
  return await withDatabase(options.settings, async ({ store, keep }) => {
    const vault = await Vault.read({ store, clock: systemClock });
    return await work(placeOf(vault, options.askKey, keep));
  });
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
