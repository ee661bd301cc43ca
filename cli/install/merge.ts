// What settings.json becomes when flags are written into it: only what was given changes, and all else stays as it is written.

import { applyEdits, modify } from "jsonc-parser";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { isStorePath } from "../../engine/store/open.ts";
import { makeDirectory } from "../../server/directories.ts";
import { replaceFile } from "../../server/home-files.ts";
import {
  flagName,
  holdsSecret,
  SETTING_KEYS,
  type SettingName,
} from "../../server/settings/keys.ts";
import { loadSettings, type Settings, SettingsError } from "../../server/settings/load.ts";

export type GivenSettings = Partial<Record<SettingName, string>>;

export interface Merged {
  /** settings.json, absolute. */
  file: string;
  /** The whole of it from now on. */
  text: string;
  /** Whether that is another text than before. */
  changed: boolean;
  /** As a daemon reads them that has no variables; undefined where it would not start. */
  settings: Settings | undefined;
  /** What was wrong before, and still is. */
  faults: string[];
}

const FORMAT = { formattingOptions: { insertSpaces: true, tabSize: 2 } };

/**
 * Throws SettingsError for a value that breaks its rule, a file that is no JSON object, and whatever would
 * keep the daemon from starting that did not before: `refuse` is asked about that, too.
 */
export async function mergeSettings(
  home: string,
  given: GivenSettings,
  refuse: (settings: Settings) => Promise<void>,
): Promise<Merged> {
  const file = join(home, "settings.json");
  const before = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const faults = faultsOf(home, before);
  let text = before?.trim() ? before : "{}\n";
  for (const [name, value] of Object.entries(valuesOf(given))) {
    // `http.x` is the key `x` of the object `http`.
    text = applyEdits(text, modify(text, name.split("."), value, FORMAT));
  }
  const changed = text !== before && (before !== undefined || Object.keys(given).length > 0);
  const left = faultsOf(home, text);
  const added = left.filter((fault) => !faults.includes(fault));
  if (added.length > 0) throw new SettingsError(added);
  if (left.length > 0) return { file, text, changed, settings: undefined, faults: left };
  const settings = load(home, text);
  await refuse(settings);
  return { file, text, changed, settings, faults: [] };
}

/** StartError where it cannot be written. */
export function writeSettings({ file, text, changed }: Merged, home: string): void {
  makeDirectory(home, "OPCODE_HOME");
  // What a link leads to stays where it is.
  if (changed) replaceFile(existsSync(file) ? realpathSync(file) : file, text);
}

function load(home: string, text: string | undefined): Settings {
  return loadSettings({ env: { OPCODE_HOME: home }, text: text ?? "{}" });
}

/** Throws SettingsError for what is no JSON object, into which nothing can be written. */
function faultsOf(home: string, text: string | undefined): string[] {
  try {
    load(home, text);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError) || error.ofText) throw error;
    return error.message.split("\n");
  }
}

function valuesOf(given: GivenSettings): Record<string, unknown> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(given) as [SettingName, string][]) {
    const { read, rule } = SETTING_KEYS[name];
    const value = read(text);
    if (value !== undefined) values[name] = fromHere(name, value);
    else {
      const shown = holdsSecret(name) ? "" : `, got ${JSON.stringify(text)}`;
      problems.push(`${flagName(name)}: must be ${rule}${shown}`);
    }
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return values;
}

/** Settings that are a path, beside those that are lists of them. */
const PATHS: readonly SettingName[] = ["db_path", "auth_token_file", "store_password_file"];

/** Relative paths of a command line start here, those of the file at the data directory. */
function fromHere(name: SettingName, value: unknown): unknown {
  const absolute = (path: string) => path.startsWith("~") ? path : resolve(path);
  if (name.startsWith("fs.")) return (value as string[]).map(absolute);
  if (!PATHS.includes(name) || value === "") return value;
  const path = value as string;
  return name === "db_path" && !isStorePath("db_path", path) ? path : absolute(path);
}
