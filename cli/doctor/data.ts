// What the doctor looks at in the data directory: whose it is, who can read it, its disk, and its database.

import { existsSync, readdirSync, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { shownStore, storePlace } from "../../engine/store/open.ts";
import type { Settings } from "../../server/settings/load.ts";
import { hint } from "../hint.ts";
import { readLastBackup } from "../../server/last-backup.ts";
import { selfCheck } from "../self-check.ts";
import { snapshot } from "../snapshot.ts";
import { roughly } from "../times.ts";
import { type Examination, fault, note, ok, type Said, sizeText, warning } from "./finding.ts";

const LEAST_FREE = 1024 ** 3;
/** Of a log that grows on, something keeps the database from taking it in. */
const MOST_LOG = 256 * 1024 ** 2;
/** Of a database, above which no copy is made just to look. */
const MOST_COPIED = 1024 ** 3;
const OLDEST_BACKUP_MS = 7 * 24 * 60 * 60 * 1_000;

const directory: Examination = {
  name: "data directory",
  look({ settings: { home } }) {
    const found = statSync(home, { throwIfNoEntry: false });
    if (!found) {
      return note(`${home} is not there yet`, `the first start makes it: ${hint("serve")}`);
    }
    if (!found.isDirectory()) return fault(`${home} is no directory`, "name another: OPCODE_HOME");
    const own = process.geteuid!();
    if (found.uid !== own) {
      return fault(
        `${home} belongs to user ${found.uid}, not to ${own}`,
        `chown -R ${own} ${home}`,
      );
    }
    const open = [home, ...readdirSync(home).map((name) => join(home, name))].filter((path) => {
      const file = statSync(path, { throwIfNoEntry: false });
      // What is in a directory that nobody else may enter, nobody else can open.
      return file !== undefined && (path === home ? file.mode & 0o077 : file.mode & 0o002) !== 0;
    });
    return open.length === 0
      ? ok(`${home}, for its owner alone`)
      : fault(`others may use ${open.join(", ")}`, `chmod go-rwx ${open.join(" ")}`);
  },
};

const disk: Examination = {
  name: "disk",
  look({ settings: { home, db_path, store_url } }) {
    const isFile = store_url === "" && db_path !== ":memory:";
    const places = [home, ...(isFile ? [dirname(db_path)] : [])];
    const free = [...new Set(places)].filter((place) => existsSync(place)).map((place) => {
      const { bavail, bsize } = statfsSync(place);
      return { place, bytes: bavail * bsize };
    });
    const tight = free.filter(({ bytes }) => bytes < LEAST_FREE);
    const text = (of: typeof free) =>
      of.map(({ place, bytes }) => `${sizeText(bytes)} are free at ${place}`).join(", ");
    if (free.length === 0) return ok("nothing is stored yet");
    return tight.length === 0 ? ok(text(free)) : warning(
      text(tight),
      `make room, or keep less (retention.*): ${hint("prune", "--dry-run")} tells what would go`,
    );
  },
};

/** Of data that a server has. */
async function lookAtServer(settings: Settings, now: number): Promise<Said> {
  const found = await (await storePlace(settings)).examine(now) ?? [];
  const url = shownStore("store_url", settings.store_url);
  return found.map(({ is, text, remedy = "" }, i) => {
    const said = i === 0 ? `${url}: ${text}` : text;
    return is === "ok" ? ok(said) : is === "warning" ? warning(said, remedy) : fault(said, remedy);
  });
}

const database: Examination = {
  name: "database",
  async look({ settings, env, daemon, now }): Promise<Said> {
    const { db_path, home } = settings;
    if (settings.store_url !== "") return await lookAtServer(settings, now);
    if (db_path === ":memory:") {
      return warning("db_path is :memory:, which keeps nothing", "name a file, or leave it out");
    }
    if (!existsSync(home) || !existsSync(dirname(db_path))) return ok("there are no data yet");
    const place = await storePlace(settings);
    const sizes = await place.sizes();
    const { data = 0, log = 0 } = sizes ?? {};
    const size = `${db_path}: ${sizeText(data)}, and ${sizeText(log)} of log`;
    const grown = log > MOST_LOG
      ? [warning(
        `its log has ${sizeText(log)}, which should go into the database as it grows`,
        daemon ? `a restart takes it in: ${hint("stop")}` : `a start takes it in: ${hint("serve")}`,
      )]
      : [];
    if (data > MOST_COPIED) {
      const later = `read through by ${hint("self-check")}, which takes a while`;
      return [note(`${size}; it was not read through`, later), ...grown];
    }
    const { checks } = await selfCheck(env, (_settings, file) => snapshot({}, file));
    const found = checks.find(({ name }) => name === "database");
    return [
      found?.ok ? ok(`${size}; ${found.detail}`) : fault(
        `${size}; ${found?.detail}`,
        `put a backup in its place: ${hint("restore", "FILE")}`,
      ),
      ...grown,
    ];
  },
};

const backup: Examination = {
  name: "backup",
  look({ settings: { home, db_path, store_url }, now }) {
    if (store_url !== "") {
      return note(
        "the data are a server's",
        "see to it that it makes them, and try to put one back",
      );
    }
    if (db_path === ":memory:" || !existsSync(db_path)) return ok("there are no data yet");
    const last = readLastBackup(home);
    const remedy = `make one, and keep it elsewhere: ${hint("backup", "FILE")}`;
    if (last === undefined) return warning("no backup was ever made", remedy);
    const age = now - Date.parse(last.made_at);
    const text = `the last one is of ${last.made_at} (${roughly(age)} ago): ${last.file}`;
    return age > OLDEST_BACKUP_MS ? warning(text, remedy) : ok(text);
  },
};

export const DATA: readonly Examination[] = [directory, disk, database, backup];
