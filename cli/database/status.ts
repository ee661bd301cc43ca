// What `opcode db status` tells: where the data are, what there is of them, and who is at work on them.

import { shownStore, storePlace } from "../../engine/store/open.ts";
import type { StoreFacts } from "../../engine/store/transfer.ts";
import { loadSettings, type Settings } from "../../server/settings/load.ts";
import type { GlobalFlags } from "../context.ts";
import { NoDaemon } from "../client.ts";
import { sizeText } from "../doctor/finding.ts";
import { hint } from "../hint.ts";
import { printJson, printLine, visible } from "../print.ts";
import { printTable } from "../table.ts";
import { VERSION } from "../version.ts";

/** Those that say at a glance what the data are. */
const MAIN = [
  "runs",
  "events",
  "steps",
  "templates",
  "agents",
  "decisions",
  "schedules",
  "secrets",
];

/** Where the settings say that the data are, as it may be shown. */
export function shownPlace(settings: Pick<Settings, "db_path" | "store_url">) {
  const setting = settings.store_url === "" ? "db_path" as const : "store_url" as const;
  return { setting, place: shownStore(setting, settings[setting]) };
}

export async function databaseStatus({ json }: GlobalFlags): Promise<number> {
  const settings = loadSettings({ env: process.env });
  const store = await storePlace(settings);
  if (store.inMemory) throw new NoDaemon("db_path: :memory: keeps nothing without a daemon");
  const transfer = await store.transfer("look", VERSION);
  try {
    const facts = await transfer.facts();
    const workers = await transfer.workers();
    const { setting, place } = shownPlace(settings);
    if (json) {
      const { layout, bytes, rows, half } = facts;
      printJson({
        setting,
        place,
        layout,
        bytes,
        rows,
        half_moved_from: half?.source ?? null,
        at_work: workers,
      });
    } else tell(facts, { setting, place, workers });
  } finally {
    await transfer.close();
  }
  return 0;
}

function tell(
  { layout, bytes, rows, half }: StoreFacts,
  { setting, place, workers }: { setting: string; place: string; workers: string[] },
): void {
  printLine(`${setting}: ${visible(place)}`);
  if (layout === null) {
    return printLine(`there are no data yet; a start makes them: ${hint("serve")}`);
  }
  printLine(`layout ${layout}, ${sizeText(bytes)}`);
  printLine(
    workers.length === 0 ? "nobody is at work on it" : `at work on it: ${workers.join(", ")}`,
  );
  if (half !== null) {
    printLine(
      `only a part of the data is there: a migration of ${visible(half.source)} is half done`,
    );
  }
  printTable(["table", "rows"], MAIN.map((name) => [name, String(rows[name])]));
}
