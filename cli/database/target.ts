// Where `opcode db migrate` moves the data to, and whether they can be moved there.

import { OpcodeError } from "../../core/errors.ts";
import {
  isStorePath,
  type NamedStore,
  namesStore,
  shownStore,
  storeRule,
  type StoreSetting,
} from "../../engine/store/open.ts";
import type { StoreFacts } from "../../engine/store/transfer.ts";
import { expandTilde, type Settings } from "../../server/settings/load.ts";
import { readSecretFile } from "../../server/settings/secret-file.ts";
import { resolve } from "node:path";
import type { DatabaseFlags } from "./flags.ts";
import { UsageError } from "../usage-error.ts";

export interface Target {
  /** The setting that names it, and what that is to be then. */
  setting: StoreSetting;
  shown: string;
  named: NamedStore;
}

/** UsageError when it is no place of the other kind. */
export function targetOf(flags: DatabaseFlags, settings: Settings): Target {
  const { to } = flags;
  if (to === undefined) {
    throw new UsageError("db migrate: --to says where the data go: a postgres:// URL, or a file");
  }
  const setting = settingOf(to);
  const from: StoreSetting = settings.store_url === "" ? "db_path" : "store_url";
  if (setting === from) {
    throw new UsageError(
      setting === "db_path"
        ? "--to: the data are in a file already, which opcode backup copies"
        : "--to: the data are on a server already, which pg_dump copies",
    );
  }
  const password = passwordOf(flags, setting);
  const name = setting === "db_path" ? resolve(expandTilde(to)) : to;
  const named: NamedStore = {
    db_path: "",
    store_url: "",
    [setting]: name,
    storePassword: password,
    home: settings.home,
  };
  return { setting, shown: shownStore(setting, name), named };
}

/** What is wrong with the place is told of the flag that names it, not of the setting. */
export async function ofTarget<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OpcodeError)) throw error;
    const message = error.message.replaceAll(/store_url|db_path/g, "--to");
    if (error.code === "VALIDATION_ERROR") throw new UsageError(message);
    throw new OpcodeError(error.code, message, { details: error.details ?? {}, cause: error });
  }
}

function settingOf(to: string): StoreSetting {
  if (namesStore("store_url", to)) return "store_url";
  if (namesStore("db_path", to) && isStorePath("db_path", to) && to !== "") return "db_path";
  throw new UsageError(`--to: must be ${storeRule("store_url")}, or the path of a file`);
}

function passwordOf(
  { passwordFile }: DatabaseFlags,
  setting: StoreSetting,
): string | undefined {
  if (passwordFile === undefined) return undefined;
  if (setting !== "store_url") throw new UsageError("--password-file: a file has no password");
  try {
    return readSecretFile(passwordFile).text;
  } catch (error) {
    throw new UsageError(`--password-file: ${passwordFile} ${(error as Error).message}`);
  }
}

/** CONFLICT when there is nothing to move, or when the target has something else. */
export function refuseMove(
  source: { id: string; facts: StoreFacts },
  target: { shown: string; facts: StoreFacts },
): void {
  if (source.facts.half !== null) {
    throw new OpcodeError(
      "CONFLICT",
      `the data here are only a part of those of ${source.facts.half.source}: they cannot be moved on`,
    );
  }
  if (rowsIn(source.facts) === 0) throw new OpcodeError("CONFLICT", "there are no data to move");
  const { half } = target.facts;
  if (half !== null && half.source !== source.id) {
    throw new OpcodeError(
      "CONFLICT",
      `${target.shown} has a part of the data of ${half.source}: go on with that migration, or name ` +
        "another place",
    );
  }
  if (half === null && rowsIn(target.facts) > 0) {
    throw new OpcodeError(
      "CONFLICT",
      `${target.shown} has data already, which stay as they are: name a place that is empty`,
    );
  }
}

export function rowsIn({ rows }: Pick<StoreFacts, "rows">): number {
  return Object.values(rows).reduce((sum, count) => sum + count, 0);
}
