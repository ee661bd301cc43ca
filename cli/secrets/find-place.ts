// Which place a command about secrets means: the daemon that is named or runs here, else the database.

import { readVaultKey } from "../../server/settings/vault-key.ts";
import { readDaemonFile } from "../../server/home-files.ts";
import { loadSettings } from "../../server/settings/load.ts";
import { NoDaemon } from "../client.ts";
import { createContext, type GlobalFlags } from "../context.ts";
import { daemonPlace } from "./daemon-place.ts";
import type { SecretPlace } from "./place.ts";
import type { HiddenInput } from "./hidden-input.ts";
import { UsageError } from "../usage-error.ts";

/**
 * Lets `work` use the place. A daemon that only listens where the settings would have one is not
 * taken: it may belong to another data directory, and a secret must not go astray.
 */
export async function withPlace<T>(
  options: { flags: GlobalFlags; input: HiddenInput },
  work: (place: SecretPlace) => Promise<T>,
): Promise<T> {
  const { flags, input } = options;
  const { env } = process;
  const settings = loadSettings({ env });
  const named = flags.url || env.OPCODE_URL;
  if (named || readDaemonFile(settings.home)) {
    try {
      return await work(daemonPlace(createContext(flags).client));
    } catch (error) {
      if (named || !(error instanceof NoDaemon)) throw error;
    }
  }
  const { inDatabase } = await import("./file-place.ts");
  const askKey = async (isNew: boolean) => {
    const key = readVaultKey(env);
    if (key) return key.text;
    if (input.terminal) {
      return isNew
        ? await input.terminal.askTwice("Passphrase of the new vault")
        : await input.terminal.ask("Passphrase of the vault");
    }
    throw new UsageError(
      "no daemon runs here, and the vault's key is needed: set OPCODE_VAULT_KEY_FILE or " +
        "OPCODE_VAULT_KEY",
    );
  };
  return await inDatabase({ settings, askKey }, work);
}
