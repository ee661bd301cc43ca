// Which place a command about secrets means: the daemon that is named or runs here, else the database.

import { readVaultKey } from "../../server/settings/vault-key.ts";
import { readDaemonFile } from "../../server/home-files.ts";
import { homeOf, loadSettings } from "../../server/settings/load.ts";
import { NoDaemon } from "../client.ts";
import { createContext, type GlobalFlags } from "../context.ts";
import { daemonPlace } from "./daemon-place.ts";
import type { SecretPlace } from "./place.ts";
import type { HiddenInput } from "./hidden-input.ts";

/** Lets work use the place; what it was told of the vault's key holds for the next work, too. */
export type WithPlace = <T>(work: (place: SecretPlace) => Promise<T>) => Promise<T>;

export function placeFinder(options: { flags: GlobalFlags; input: HiddenInput }): WithPlace {
  let known: Promise<string> | undefined;
  const askKey = (isNew: boolean) => known ??= keyFor(options.input, isNew);
  return (work) => withPlace(options.flags, askKey, work);
}

/**
 * A daemon that only listens where the settings would have one is not taken: it may belong to another
 * data directory, and a secret must not go astray.
 */
async function withPlace<T>(
  flags: GlobalFlags,
  askKey: (isNew: boolean) => Promise<string>,
  work: (place: SecretPlace) => Promise<T>,
): Promise<T> {
  const { env } = process;
  const named = flags.url || env.OPCODE_URL;
  if (named || readDaemonFile(homeOf(env))) {
    try {
      return await work(daemonPlace(createContext(flags).client));
    } catch (error) {
      if (named || !(error instanceof NoDaemon)) throw error;
    }
  }
  const { inDatabase } = await import("./file-place.ts");
  return await inDatabase({ settings: loadSettings({ env }), askKey }, work);
}

/** The key for a vault in the database: given, or asked for. */
async function keyFor(input: HiddenInput, isNew: boolean): Promise<string> {
  const key = readVaultKey(process.env, homeOf(process.env));
  if (key) return key.text;
  if (input.terminal) {
    return await input.key(isNew ? "Passphrase of the new vault" : "Passphrase of the vault", {
      isNew,
    });
  }
  throw new NoDaemon(
    "no daemon runs here, and the vault's key is needed: set OPCODE_VAULT_KEY_FILE or " +
      "OPCODE_VAULT_KEY",
  );
}
