// What an installation tells: what was written, how the daemon runs, and how clients come to it.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { VaultState } from "../../engine/vault/secrets.ts";
import type { Reloaded } from "../../server/reload.ts";
import { envName, type SettingName } from "../../server/settings/keys.ts";
import { VAULT_KEY_FILE } from "../../server/settings/vault-key.ts";
import { hint } from "../hint.ts";
import { printLine, printNote } from "../print.ts";
import { tellReloaded } from "../reloaded.ts";
import { runs } from "../service/runs.ts";
import type { ManagerKind } from "../service/manager.ts";
import type { Serving } from "../service/service.ts";
import type { Put } from "../shells/put.ts";
import type { Merged } from "./merge.ts";

export interface Installed {
  home: string;
  merged: Merged;
  /** The settings that were given. */
  written: SettingName[];
  /** Null: --no-service. */
  service: { kind: ManagerKind; definition: string | null; notes: string[] } | null;
  /** Null: none runs, as was asked for. */
  daemon: Serving | null;
  /** Null: it was not there before. */
  reload: Reloaded | null;
  vault: VaultState | undefined;
  savedKey: string | undefined;
  /** Undefined: --no-completion. */
  shells: Put | undefined;
}

/** Variables of this environment that count before what was just written, for whatever is started from it. */
export function masking(
  written: readonly SettingName[],
): { setting: SettingName; variable: string }[] {
  return written.map((setting) => ({ setting, variable: envName(setting) }))
    .filter(({ variable }) => process.env[variable]);
}

export function urlsOf({ merged: { settings }, daemon }: Installed) {
  const base = (settings?.base_url || daemon?.url || "").replace(/\/+$/, "");
  if (base === "" || daemon === null) return { panel_url: null, mcp_url: null };
  return { panel_url: settings?.panel ? `${base}/` : null, mcp_url: `${base}/mcp` };
}

export function asJson(installed: Installed): object {
  const { home, merged, written, service, daemon, reload, vault, savedKey, shells } = installed;
  return {
    home,
    settings: { file: merged.file, written, masked_by: masking(written), faults: merged.faults },
    service,
    daemon,
    reload: reload && { changed: reload.changed, restart: reload.restart, pinned: reload.pinned },
    ...urlsOf(installed),
    vault: vault ?? null,
    completions: shells?.files ?? [],
    vault_key_file: savedKey ?? null,
  };
}

export function tell(installed: Installed): void {
  const { home, merged, written, service, daemon, reload, shells } = installed;
  const what = written.length > 0 && merged.changed
    ? written.join(", ")
    : existsSync(merged.file)
    ? "unchanged"
    : "not there: none was given";
  printLine(`settings: ${merged.file} (${what})`);
  for (const { setting, variable } of masking(written)) {
    printNote(
      `${setting}: ${variable} of this environment counts for a daemon that is started from it`,
    );
  }
  for (const fault of merged.faults) printNote(`the daemon does not start with this: ${fault}`);
  for (const warning of merged.settings?.warnings ?? []) printNote(`warning: ${warning}`);
  if (service?.definition) printLine(`service: ${service.kind}, ${service.definition}`);
  for (const note of service?.notes ?? []) printNote(note);
  for (const file of shells?.files ?? []) printNote(`completions and manual: ${file}`);
  for (const note of shells?.notes ?? []) printNote(note);
  if (daemon === null) {
    printLine(`nothing was started: ${hint("service", "start")}`);
    return;
  }
  if (reload) tellReloaded(reload, { home, pid: daemon.pid });
  printLine(runs(home, daemon));
  tellUrls(installed);
  tellVault(installed);
}

function tellUrls(installed: Installed): void {
  const { panel_url, mcp_url } = urlsOf(installed);
  printLine(`panel: ${panel_url ?? `off (${hint("install", "--panel")})`}`);
  printLine(`MCP: ${mcp_url}`);
  const { settings } = installed.merged;
  const token = settings && settings.auth_token !== "" ? settings.sources.auth_token : undefined;
  const headers = token === undefined ? {} : { headers: { Authorization: "Bearer TOKEN" } };
  const server = { type: "http", url: mcp_url, ...headers };
  printLine(JSON.stringify({ mcpServers: { opcode: server } }, null, 2));
  if (token !== undefined) printNote(`TOKEN is the daemon's: ${token}`);
  printNote(`${hint("mcp", "add", "claude")} writes it into a client's configuration`);
}

function tellVault({ home, vault, savedKey }: Installed): void {
  const kept = savedKey ?? join(home, VAULT_KEY_FILE);
  if (existsSync(kept)) {
    printNote(`the vault's key is in ${kept}, for this user alone: every start opens the vault`);
  } else if (vault === "locked") {
    printNote(`the vault is locked: ${hint("secret", "unlock")} opens it`);
  } else if (vault === "unlocked") {
    printNote(
      `the vault is open until the daemon ends, and locked after a reboot: ${
        hint("secret", "unlock")
      } opens it then, and --save-vault-key keeps its key in a file`,
    );
  }
}
