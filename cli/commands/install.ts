// What `opcode install` does: writes the settings that it is given, and sees to it that the daemon runs with them.

import { NoDaemon } from "../client.ts";
import { homeOf, type Settings } from "../../server/settings/load.ts";
import type { SettingName } from "../../server/settings/keys.ts";
import { asJson, type Installed, tell } from "../install/report.ts";
import { type GivenSettings, type Merged, mergeSettings, writeSettings } from "../install/merge.ts";
import { tokenFile } from "../install/token.ts";
import { givenKey, type KeyFlags, saveKey, unlock, vaultState } from "../install/vault.ts";
import { ownDaemon, refuseUrl } from "../own-daemon.ts";
import { printJson } from "../print.ts";
import { refuseAsStart } from "../refuse-as-start.ts";
import { reloadDaemon } from "../reloaded.ts";
import { inDatabase } from "../secrets/file-place.ts";
import { detached } from "../service/detached.ts";
import { installableService, type Service, serviceBy } from "../service/service.ts";
import { putCompletions } from "../shells/put.ts";
import type { Tree } from "../shells/tree.ts";
import { UsageError } from "../usage-error.ts";

export interface InstallFlags extends KeyFlags {
  json?: boolean;
  url?: string;
  /** False: nothing is to start by itself. */
  service?: boolean;
  /** False: nothing is started now. */
  start?: boolean;
  /** False: completions and the manual page are left alone. */
  completion?: boolean;
  /** Whether the daemon is to ask for a token, which is made if there is none. */
  token?: boolean;
}

/**
 * Throws SettingsError before anything is written where the daemon would not start with the settings,
 * VALIDATION_ERROR where one that runs cannot take them, EXECUTION_ERROR where it does not start.
 */
export async function install(
  flags: InstallFlags,
  { tree, settings: given }: { tree: Tree; settings: GivenSettings },
): Promise<number> {
  refuseUrl("install", flags.url);
  const home = homeOf(process.env);
  const key = await givenKey(flags);
  const merged = await merge(home, flags, given);
  const found = await ownDaemon(home);
  const running = found.state === "there" ? found.daemon : undefined;
  const isGiven = flags.vaultKey ?? flags.vaultKeyFile ?? (flags.vaultKeyStdin || undefined);
  if (!running && flags.start === false && isGiven !== undefined && !flags.saveVaultKey) {
    throw new UsageError(
      "--vault-key: nothing is started that could take it; --save-vault-key keeps it for later starts",
    );
  }
  // With the token of before: the daemon takes another one after its restart.
  if (running && key !== undefined) await unlock(key);
  writeSettings(merged, home);
  const reload = running ? await reloadDaemon(home, running) : null;
  const service = flags.service === false ? undefined : await installableService(home);
  const notes = await service?.install() ?? [];
  const daemon = running ?? await started(home, service, { flags, key, merged });
  const savedKey = flags.saveVaultKey ? saveKey(home, key!) : undefined;
  const shells = flags.completion === false ? undefined : putCompletions(tree);
  const installed: Installed = {
    ...{ home, merged, reload, savedKey, shells },
    written: Object.keys(given) as SettingName[],
    service: service === undefined
      ? null
      : { kind: service.kind, definition: (await service.status()).definition, notes },
    daemon: daemon ?? null,
    vault: daemon && await vaultState(),
  };
  if (flags.json) printJson(asJson(installed));
  else tell(installed);
  return 0;
}

async function merge(home: string, flags: InstallFlags, given: GivenSettings): Promise<Merged> {
  const refuse = (settings: Settings) => refuseAsStart(settings);
  if (!flags.token) return await mergeSettings(home, given, refuse);
  if (given.auth_token !== undefined || given.auth_token_file !== undefined) {
    throw new UsageError("--token: makes one; it takes no --auth-token and no --auth-token-file");
  }
  const before = await mergeSettings(home, given, () => Promise.resolve());
  // One that is there stays: others have it already.
  if (before.settings?.auth_token) return await mergeSettings(home, given, refuse);
  const { file, undo } = tokenFile(home);
  try {
    return await mergeSettings(home, { ...given, auth_token_file: file }, refuse);
  } catch (error) {
    undo();
    throw error;
  }
}

/** Starts the daemon, unless that is not wanted, and opens its vault. */
async function started(
  home: string,
  service: Service | undefined,
  { flags, key, merged }: { flags: InstallFlags; key: string | undefined; merged: Merged },
) {
  if (flags.start === false) {
    // A key that does not open the vault is not kept.
    if (flags.saveVaultKey) await tryKey(key!, merged);
    return undefined;
  }
  const own = service ?? serviceBy(detached(home, "--no-service was given"), home);
  const daemon = await own.start();
  if (key !== undefined) await unlock(key);
  return daemon;
}

async function tryKey(key: string, { settings }: Merged): Promise<void> {
  if (settings === undefined) throw new NoDaemon("--save-vault-key: the settings have faults");
  const askKey = () => Promise.resolve(key);
  await inDatabase({ settings, askKey }, (place) => place.unlock(key));
}
