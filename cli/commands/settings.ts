// What `opcode settings` prints: each setting's value, and where it comes from.

import { SETTING_KEYS, SETTING_NAMES, type SettingName } from "../../server/settings/keys.ts";
import { loadSettings } from "../../server/settings/load.ts";
import { printJson, printNote } from "../print.ts";
import { cell, LEAST_NAME, printTable } from "../table.ts";

/** Reads what a daemon started here and now with these flags would read; none has to run. */
export function settings(
  options: { json: boolean; flags: Partial<Record<SettingName, string>> },
): number {
  const loaded = loadSettings({ env: process.env, flags: options.flags });
  const rows = SETTING_NAMES.map((name) => ({
    name,
    // Never shown: whoever looks over a shoulder must not learn it.
    value: name === "auth_token" && loaded[name] !== "" ? "(set)" : loaded[name],
    from: loaded.sources[name],
    rule: SETTING_KEYS[name].rule,
  }));
  if (options.json) {
    printJson({
      home: loaded.home,
      settings: rows,
      agents: loaded.agents,
      warnings: loaded.warnings,
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
  for (const warning of loaded.warnings) printNote(`warning: ${warning}`);
  return 0;
}
