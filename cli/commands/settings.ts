// What `opcode settings` prints: each setting's value, and where it comes from.

import type { SettingName } from "../../server/settings/keys.ts";
import { loadSettings } from "../../server/settings/load.ts";
import { settingReports } from "../../server/settings/report.ts";
import { readVaultKey } from "../../server/settings/vault-key.ts";
import { printJson, printNote } from "../print.ts";
import { refuseAsStart } from "../refuse-as-start.ts";
import { cell, LEAST_NAME, printTable } from "../table.ts";

/**
 * Reads what a daemon started here and now with these flags would read; none has to run. Throws what
 * would stop that daemon's start.
 */
export async function settings(
  options: { json: boolean; flags: Partial<Record<SettingName, string>> },
): Promise<number> {
  const loaded = loadSettings({ env: process.env, flags: options.flags });
  const vaultKey = readVaultKey(process.env, loaded.home);
  await refuseAsStart(loaded);
  const warnings = [...loaded.warnings, ...vaultKey?.warnings ?? []];
  const rows = settingReports(loaded);
  if (options.json) {
    printJson({
      home: loaded.home,
      settings: rows,
      agents: loaded.agents,
      warnings,
    });
    return 0;
  }
  printTable(
    ["setting", { name: "value", least: LEAST_NAME }, "from"],
    rows.map(({ name, value, from }) => [name, cell(value), from]),
  );
  printNote(
    "what a daemon that starts here would use; one that runs has those of its start",
  );
  printNote(`data directory: ${loaded.home}`);
  for (const [name, { allow, templates, decide }] of Object.entries(loaded.agents)) {
    printNote(`agent ${name}: ${JSON.stringify({ allow, templates, decide })}`);
  }
  for (const warning of warnings) printNote(`warning: ${warning}`);
  return 0;
}
