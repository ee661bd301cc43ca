// What the settings are, from flags, environment, settings.json and defaults, and where each came from.

import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { isObject } from "../../core/json.ts";
import { nearest } from "../../core/nearest.ts";
import { systemReason } from "../../core/system-reason.ts";
import { isStorePath } from "../../engine/store/open.ts";
import { StartError } from "../start-error.ts";
import { JsonTextError, notJson, parseWrittenJson, TwiceError } from "../json-text.ts";
import { type AgentSetting, readAgents } from "./agents.ts";
import { authTokenOf, type GivenToken } from "./auth-token.ts";
import { storeAccessOf } from "./store-access.ts";
import {
  envName,
  flagName,
  holdsSecret,
  SETTING_GROUPS,
  SETTING_KEYS,
  SETTING_NAMES,
  type SettingName,
  type SettingValues,
} from "./keys.ts";

export interface Settings extends SettingValues {
  /** The data directory, absolute. */
  home: string;
  /** The file that `auth_token` was read from, absolute. */
  authTokenFile?: string | undefined;
  /** What `store_password_file` holds. */
  storePassword?: string | undefined;
  /** That file, absolute. */
  storePasswordFile?: string | undefined;
  /** The agents that have an identity, from settings.json alone. */
  agents: Record<string, AgentSetting>;
  /** Those that settings.json has in vain, since a flag or a variable has them, too. */
  masked: SettingName[];
  /** Where each value came from: a flag, an environment variable, a file's path, or `default`. */
  sources: Record<SettingName, string>;
  /** What is odd but does not stop the start. */
  warnings: string[];
}

/** Every problem of the settings, one a line; the start must stop. */
export class SettingsError extends Error {
  /** Whether it is the text of the file: no JSON object, or ambiguous. */
  readonly ofText: boolean;

  constructor(problems: string[], { ofText = false } = {}) {
    super(problems.join("\n"));
    this.name = "SettingsError";
    this.ofText = ofText;
  }
}

/** Variables that are no settings: of the daemon, of its clients, and of the programs it starts. */
const OTHER_VARIABLES: readonly string[] = [
  "OPCODE_HOME",
  "OPCODE_URL",
  "OPCODE_VAULT_KEY",
  "OPCODE_VAULT_KEY_FILE",
  "OPCODE_AGENT_TOKEN",
  "OPCODE_AGENT_TOKEN_FILE",
  "OPCODE_CONFORMANCE_FIXTURES",
  "OPCODE_IDEMPOTENCY_KEY",
  "OPCODE_RELEASES_URL",
];

const PATH_LISTS = ["fs.deny", "fs.read_only", "fs.writable"] as const;

type Env = Readonly<Record<string, string | undefined>>;

/** The data directory: OPCODE_HOME, else `~/.opcode`, else `.opcode` here. */
export function homeOf(env: Env): string {
  if (env.OPCODE_HOME) return resolve(expandTilde(env.OPCODE_HOME));
  const user = userHome();
  return user === undefined ? resolve(".opcode") : join(user, ".opcode");
}

/**
 * Reads all settings. An empty environment variable counts as unset; `flags` hold the text given
 * on the command line. Relative paths start at the working directory, or, in settings.json, at the
 * data directory. Throws SettingsError naming every key with its rule, or the place where
 * the file is not JSON; StartError when the file or the data directory cannot be read.
 */
export function loadSettings(
  options: {
    env: Env;
    flags?: Partial<Record<SettingName, string>>;
    /** What settings.json would hold, instead of what it does. */
    text?: string;
  },
): Settings {
  const home = homeOf(options.env);
  const path = join(home, "settings.json");
  const problems: string[] = [];
  const whole = options.text === undefined
    ? readSettingsFile(path)
    : parsedSettings(options.text, path);
  const file = flattened(whole, path, problems);
  const read = readValues(SETTING_NAMES, { ...options, file, path, problems });
  problems.push(...unknownKeys(file, path));
  const faults: string[] = [];
  const agents = readAgents(file.agents, faults);
  problems.push(...faults.map((fault) => `${path}: ${fault}`));
  if (problems.length > 0) throw new SettingsError(problems);
  const settings = read.settings as unknown as SettingValues;
  const sources = read.sources as Settings["sources"];
  const baseOf = (name: SettingName) => sources[name] === path ? home : ".";
  for (const name of PATH_LISTS) {
    settings[name] = settings[name].map((entry) => resolve(baseOf(name), expandTilde(entry)));
  }
  const auth = tokenOf(settings, sources, baseOf("auth_token_file"));
  const store = storeAccess(settings, sources, baseOf("store_password_file"));
  return {
    ...settings,
    auth_token: auth.token,
    authTokenFile: auth.file,
    storePassword: store.password,
    storePasswordFile: store.file,
    agents,
    db_path: dbPath(settings.db_path, baseOf("db_path"), home),
    home,
    masked: read.masked,
    sources: { ...sources, auth_token: auth.source },
    warnings: [
      ...oddities(file, path),
      ...unknownVariables(options.env),
      ...auth.warnings,
      ...store.warnings,
      ...absentPaths(settings, sources),
    ],
  };
}

interface Given {
  env: Env;
  flags?: Partial<Record<SettingName, string>>;
  /** What settings.json has. */
  file: Record<string, unknown>;
  path: string;
  /** Takes a line for each value that breaks its rule. */
  problems: string[];
}

/** These settings from the highest place that has each; one that breaks its rule is left out. */
function readValues(names: readonly SettingName[], { env, flags, file, path, problems }: Given) {
  const settings: Record<string, unknown> = {};
  const sources: Partial<Record<SettingName, string>> = {};
  const masked: SettingName[] = [];
  for (const name of names) {
    const key = SETTING_KEYS[name];
    const flag = flags?.[name];
    const variable = env[envName(name)] || undefined;
    let given: unknown;
    if (flag !== undefined) [given, sources[name]] = [flag, flagName(name)];
    else if (variable !== undefined) [given, sources[name]] = [variable, envName(name)];
    else if (Object.hasOwn(file, name)) [given, sources[name]] = [file[name], path];
    else {
      settings[name] = key.initial;
      sources[name] = "default";
      continue;
    }
    if (sources[name] !== path && Object.hasOwn(file, name)) masked.push(name);
    // Text forms of other types are for flags and variables; JSON has its own types.
    const typed = sources[name] !== path || typeOf(given) === typeOf(key.initial);
    const value = typed ? key.read(given) : undefined;
    if (value !== undefined) settings[name] = value;
    else {
      const place = sources[name] === path ? `${path}: ${name}` : sources[name];
      const shown = holdsSecret(name) ? "" : `, got ${JSON.stringify(given)}`;
      problems.push(`${place}: must be ${key.rule}${shown}`);
    }
  }
  return { settings, sources, masked };
}

/**
 * The token alone, for whoever asks a daemon that runs, whatever else of the settings has a fault; empty
 * where that keeps it from being read.
 */
export function loadAuthToken(env: Env): Pick<Settings, "auth_token" | "sources"> {
  const home = homeOf(env);
  const path = join(home, "settings.json");
  const problems: string[] = [];
  const named = (sources: object) => sources as Settings["sources"];
  const none = { auth_token: "", sources: named({ auth_token: path }) };
  try {
    let file: Record<string, unknown> = {};
    try {
      file = flattened(readSettingsFile(path), path, []);
    } catch {
      // What the environment has counts all the same.
    }
    const names = ["auth_token", "auth_token_file"] as const;
    const { settings, sources } = readValues(names, { env, file, path, problems });
    if (problems.length > 0) return none;
    const base = sources.auth_token_file === path ? home : ".";
    const { token, source } = tokenOf(settings as never, named(sources), base);
    return { auth_token: token, sources: named({ auth_token: source }) };
  } catch {
    return none;
  }
}

/** The token that is asked of requests; a relative path of its file starts at `base`. */
function tokenOf(settings: SettingValues, sources: Settings["sources"], base: string): GivenToken {
  try {
    return authTokenOf(settings, sources, (given) => resolve(base, expandTilde(given)));
  } catch (error) {
    throw new SettingsError([(error as Error).message]);
  }
}

/** What it takes to reach the store; a relative path of the password's file starts at `base`. */
function storeAccess(settings: SettingValues, sources: Settings["sources"], base: string) {
  try {
    return storeAccessOf(settings, sources, (given) => resolve(base, expandTilde(given)));
  } catch (error) {
    throw new SettingsError([(error as Error).message]);
  }
}

function readSettingsFile(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return {};
    if (code === "ENOTDIR") {
      throw new StartError(
        `OPCODE_HOME: ${dirname(path)} is no directory: it must name one, or what may become one`,
      );
    }
    throw new StartError(`${path}: cannot be read: ${systemReason(error)}`);
  }
  return parsedSettings(text, path);
}

function parsedSettings(text: string, path: string): Record<string, unknown> {
  const ofText = true;
  try {
    const value = parseWrittenJson(text);
    if (isObject(value)) return value;
  } catch (error) {
    if (error instanceof JsonTextError) {
      throw new SettingsError([`${path} ${notJson(error)}`], { ofText });
    }
    if (error instanceof TwiceError) {
      throw new SettingsError([`${path} ${error.message}`], { ofText });
    }
    throw error;
  }
  throw new SettingsError([`${path}: line 1, column 1: must be one JSON object`], { ofText });
}

/** `{http: {x: 1}}` as `{"http.x": 1}`. */
function flattened(
  file: Record<string, unknown>,
  path: string,
  problems: string[],
): Record<string, unknown> {
  const flat: [string, unknown][] = [];
  for (const [name, value] of Object.entries(file)) {
    if (!SETTING_GROUPS.has(name)) flat.push([name, value]);
    else if (!isObject(value)) problems.push(`${path}: ${name}: must be an object`);
    else for (const key of Object.keys(value)) flat.push([`${name}.${key}`, value[key]]);
  }
  return Object.fromEntries(flat);
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}

function unknownKeys(file: Record<string, unknown>, path: string): string[] {
  return Object.keys(file)
    .filter((name) => !Object.hasOwn(SETTING_KEYS, name) && name !== "$schema" && name !== "agents")
    .map((name) => `${path}: unknown key "${name}"${meantBy(name, [...SETTING_NAMES, "agents"])}`);
}

/** Variables that begin as ours do: another program's may, so they stop nothing. */
function unknownVariables(env: Env): string[] {
  const known = [...SETTING_NAMES.map(envName), ...OTHER_VARIABLES];
  return Object.keys(env)
    .filter((name) => name.startsWith("OPCODE_") && !known.includes(name))
    .map((name) => `${name}: unknown variable is ignored${meantBy(name, known)}`);
}

/** Names by which others know a setting, and which are like another one in letters alone. */
const PLAIN: Record<string, string> = {
  OPCODE_PORT: envName("listen_addr"),
  OPCODE_HOST: envName("listen_addr"),
  OPCODE_LISTEN: envName("listen_addr"),
  port: "listen_addr",
  host: "listen_addr",
  listen: "listen_addr",
};

function meantBy(name: string, known: readonly string[]): string {
  const meant = PLAIN[name] ?? nearest(name, known);
  return meant === undefined ? "" : ` (did you mean "${meant}"?)`;
}

function oddities(file: Record<string, unknown>, path: string): string[] {
  const warnings: string[] = [];
  if (file.auth_token && ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0) {
    warnings.push(`${path}: holds auth_token and others may read it: chmod 600 ${path}`);
  }
  return warnings;
}

/** Paths of the lists that are not there: they may be misspelt, and then bind nothing. */
function absentPaths(
  settings: SettingValues,
  sources: Settings["sources"],
): string[] {
  return PATH_LISTS.flatMap((name) => {
    const then = name === "fs.deny"
      ? "what appears there is denied, and nothing else"
      : "what appears there is allowed after a restart";
    const from = sources[name].startsWith("/") ? `${sources[name]}: ${name}` : sources[name];
    return settings[name].filter((entry) => !existsSync(entry))
      .map((entry) => `${from}: there is nothing at ${entry}: ${then}`);
  });
}

function dbPath(value: string, base: string, home: string): string {
  if (value === "") return join(home, "opcode.db");
  return isStorePath("db_path", value) ? resolve(base, expandTilde(value)) : value;
}

export function expandTilde(path: string): string {
  if (path !== "~" && !path.startsWith("~/")) return path;
  return join(userHome() ?? ".", path.slice(1));
}

function userHome(): string | undefined {
  try {
    return homedir() || undefined;
  } catch {
    return undefined;
  }
}
