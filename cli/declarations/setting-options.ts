// How settings become flags of a command, and what was given by them.

import { type Command, Option } from "commander";
import {
  flagName,
  SETTING_KEYS,
  SETTING_NAMES,
  type SettingName,
} from "../../server/settings/keys.ts";

/** What the flags of settings take, where it is one of a few words. */
export const SETTING_WORDS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  SETTING_NAMES.flatMap((name) => {
    const { words } = SETTING_KEYS[name];
    return words === undefined ? [] : [[flagName(name), words]];
  }),
);

export function settingOption(name: SettingName): Option {
  const { initial, rule, separator } = SETTING_KEYS[name];
  const shown = String(initial) === "" ? "" : ` (default ${initial})`;
  const value = typeof initial === "boolean" ? "[boolean]" : "<value>";
  const option = new Option(`${flagName(name)} ${value}`);
  if (separator === undefined) {
    option.description = `${rule}${shown}`;
    return option;
  }
  option.description =
    `${rule}, with "${separator}" in between (repeatable), in place of the list ` +
    "in the environment or settings.json";
  // A path that is named first must not be forgotten for the next one.
  return option.argParser<string>((text, before) =>
    before === undefined ? text : `${before}${separator}${text}`
  );
}

/** Gives the command a flag for each setting. */
export function withSettings(command: Command): Command {
  command.optionsGroup("Settings (also in settings.json and the environment):");
  for (const name of SETTING_NAMES) command.addOption(settingOption(name));
  return command;
}

export function settingFlags(command: Command): Partial<Record<SettingName, string>> {
  const given: Partial<Record<SettingName, string>> = {};
  const flags = command.opts<Record<string, string | boolean>>();
  for (const name of SETTING_NAMES) {
    const value = flags[name.replaceAll(/[._](.)/g, (_, letter: string) => letter.toUpperCase())];
    if (value !== undefined) given[name] = String(value);
  }
  return given;
}
