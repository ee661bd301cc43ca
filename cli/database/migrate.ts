// What `opcode db migrate` does: moves all data to a store of another kind, while no daemon runs on either.

import { moveAll } from "../../engine/store/move.ts";
import { storePlace } from "../../engine/store/open.ts";
import type { StorePlace } from "../../engine/store/place.ts";
import type { StoreFacts } from "../../engine/store/transfer.ts";
import { loadSettings } from "../../server/settings/load.ts";
import type { Traces } from "../../server/traces.ts";
import type { DatabaseFlags } from "./flags.ts";
import { counted } from "../counted.ts";
import { underLock, underLockOf } from "../database.ts";
import { sizeText } from "../doctor/finding.ts";
import { printJson, printLine, printNote, visible } from "../print.ts";
import { printTable } from "../table.ts";
import { VERSION } from "../version.ts";
import { carryKey } from "./carry-key.ts";
import { startMoveLine } from "./move-line.ts";
import { shownPlace } from "./status.ts";
import { ofTarget, refuseMove, rowsIn, type Target, targetOf } from "./target.ts";

interface Route {
  home: string;
  /** Where the data are, as it may be shown. */
  from: string;
  target: Target;
  there: StorePlace;
}

export async function migrateDatabase(flags: DatabaseFlags): Promise<number> {
  const settings = loadSettings({ env: process.env });
  const target = targetOf(flags, settings);
  if (target.setting === "store_url" && target.shown !== flags.to) {
    printNote(
      "warning: --to: everybody on this machine can read its password in the list of processes: " +
        "use --password-file",
    );
  }
  const from = shownPlace(settings).place;
  return await underLock(settings, async ({ place, traces }) => {
    // Not before the lock is held: what it unpacks is a trace of this process then.
    const there = await ofTarget(() => storePlace(target.named));
    const route = { home: settings.home, from, target, there };
    const facts = await lookedAt(place, route);
    if (flags.dryRun) return tellPlan(facts, { ...route, json: flags.json });
    return await underLockOf(() => Promise.resolve(there), settings.home, async (held) => {
      const keep = () => [traces, held.traces].forEach((one: Traces) => one.keep());
      const moved = await move(place, route, keep);
      return tellMoved(moved, { ...route, json: flags.json });
    });
  });
}

/** What there is here; throws when it cannot be moved there. Nothing is changed. */
async function lookedAt(place: StorePlace, { target, there }: Route): Promise<StoreFacts> {
  const from = await place.transfer("look", VERSION);
  try {
    const facts = await from.facts();
    const to = await ofTarget(() => there.transfer("look", VERSION));
    try {
      refuseMove({ id: from.id, facts }, { shown: target.shown, facts: await to.facts() });
      return facts;
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

/** `keep`: called once there is something that must stay. */
async function move(place: StorePlace, { home, there }: Route, keep: () => void) {
  const from = await place.transfer("source", VERSION);
  try {
    const to = await ofTarget(() => there.transfer("target", VERSION));
    keep();
    const line = startMoveLine();
    try {
      await carryKey({ from, to, home });
      return await moveAll({ from, to, progress: line.show });
    } finally {
      line.stop();
      await to.close();
    }
  } finally {
    await from.close();
  }
}

type Told = Omit<Route, "there"> & { json: boolean | undefined };

function tellPlan(facts: StoreFacts, { from, target, json }: Told): number {
  const { rows, bytes } = facts;
  if (json) printJson({ dry_run: true, from, to: target.shown, rows, bytes });
  else {
    printLine(
      `would move ${counted(rowsIn(facts), "row")}, ${sizeText(bytes)}, from ${visible(from)} to ` +
        visible(target.shown),
    );
    const some = Object.entries(rows).filter(([, count]) => count > 0);
    printTable(["table", "rows"], some.map(([name, count]) => [name, String(count)]));
  }
  return 0;
}

function tellMoved(
  moved: { resumed: boolean; rows: StoreFacts["rows"] },
  { from, target, json }: Told,
): number {
  const { rows, resumed } = moved;
  if (json) printJson({ dry_run: false, from, to: target.shown, rows, resumed });
  else {
    printLine(
      `moved ${counted(rowsIn(moved), "row")} from ${visible(from)} to ${visible(target.shown)}: ` +
        "each was read again there, and is the same",
    );
  }
  const other = target.setting === "store_url" ? "db_path" : "store_url";
  printNote(
    `now set ${target.setting} to ${
      visible(target.shown)
    }, and ${other} no more: until then a start ` +
      `goes on with the data in ${visible(from)}, which stay as they are`,
  );
  return 0;
}
