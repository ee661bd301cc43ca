// Which settings exist, what each accepts, and what it is when nobody sets it.

import { isIP } from "node:net";
import { parseAge, parseDuration } from "../../core/duration.ts";
import { isGlob } from "../../core/glob.ts";
import { isHostRule } from "../../core/host-rules.ts";
import { type Level, LOG_LEVELS } from "../../core/log.ts";
import { namesStore, shownStore, storeRule } from "../../engine/store/open.ts";
import { hostOf, parseListenAddr } from "../address.ts";
import { counts } from "./counts.ts";
import type { SettingKey } from "./setting-key.ts";

/**
 * The settings by their names; `http.x` is the key `x` of the object `http` in settings.json.
 * Sizes are bytes, times Go durations.
 */
export interface SettingValues {
  /** `host:port`; without a host it means loopback. */
  listen_addr: string;
  /** The URL clients reach the daemon under; empty: derived from the bound address. */
  base_url: string;
  /** Origins of web pages that may use the daemon beside its own, as browsers say them. */
  allowed_origins: string[];
  /** Names under which clients reach the daemon, beside those of its address and `base_url`. */
  allowed_hosts: string[];
  /** The database file, or `:memory:`; empty: `<home>/opcode.db`. */
  db_path: string;
  /** The PostgreSQL server that has the data instead of a file; empty: there is none. */
  store_url: string;
  /** The file that holds the password of `store_url`. */
  store_password_file: string;
  /** How long a daemon that the server of `store_url` does not hear of counts as alive. */
  store_lease: string;
  log_level: Level;
  /** How many leaf actions run at once. */
  pool_size: number;
  panel: boolean;
  /** Whether a commit survives power loss (`full`) or only a crash of the process (`normal`). */
  durability: "full" | "normal";
  /** Bearer token of every request; empty: none, which only loopback may have. */
  auth_token: string;
  /** The file that holds `auth_token`, for those who want it in no list of processes. */
  auth_token_file: string;
  /** The only actions there are, by name or `fs.*`; empty: all. */
  "actions.allow": string[];
  /** Actions that there are not, whatever `actions.allow` says. */
  "actions.deny": string[];
  /** Steps in one definition. */
  max_steps: number;
  /** Bytes of one definition. */
  max_definition: number;
  /** Bytes of one request's body. */
  max_request_body: number;
  /** Bytes of one step's output. */
  max_step_output: number;
  /** How many runs of a workflow, by its name, may have begun and not ended. */
  "limits.templates": Record<string, number>;
  /** The same of an agent, but for what its runs have started. */
  "limits.agents": Record<string, number>;
  /** Connections at once; fewer where the process may not open so many files. */
  max_connections: number;
  /** Event streams that may be open at once. */
  max_event_streams: number;
  /** Steps that one run may begin in its life, each attempt and iteration counted. */
  max_run_steps: number;
  /** How long a run stays after it has ended, such as `30d`; `off`: for ever. */
  "retention.terminal": string;
  /** How many ended runs stay, the newest; 0: all. */
  "retention.max_runs": number;
  /** How long the steps, events and values of an ended run stay; `off`: as long as the run. */
  "retention.events": string;
  /** How long what became of a schedule's times stays, of its newest 1,000; `off`: all of it for ever. */
  "retention.fires": string;
  /** Bytes of heap that one run may hold; 0: half of `memory.per_agent`. */
  "memory.per_run": number;
  /** Bytes of heap that one agent's runs may hold; 0: half of `memory.total`. */
  "memory.per_agent": number;
  /** Bytes of heap that all runs may hold; 0: 30 % of what the heap may grow to. */
  "memory.total": number;
  /** Bytes of one response's body that an http action keeps, after decompression. */
  "http.max_response_body": number;
  /** How long an exchange may take that names no timeout. */
  "http.default_timeout": string;
  /** Whether http actions may reach public addresses only. */
  "http.deny_private": boolean;
  /** The only hosts http actions may reach; empty: all. */
  "http.allow_hosts": string[];
  /** Hosts no http action may reach. */
  "http.deny_hosts": string[];
  /** Whether there is shell.exec. */
  "shell.enabled": boolean;
  /** How long a program may run that shell.exec starts without a timeout. */
  "shell.default_timeout": string;
  /** How long a program that is told to end (SIGTERM) may take before it is killed. */
  "shell.kill_grace": string;
  /** Bytes that shell.exec keeps of each of stdout and stderr. */
  "shell.max_output": number;
  /** Bytes of memory for a program with all that it starts; 0: no limit. */
  "shell.max_memory": number;
  /** Percent of one processor for a program with all that it starts; 0: no limit. */
  "shell.max_cpu": number;
  /** Processes and threads that a program may have at once; 0: no limit. */
  "shell.max_pids": number;
  /** Whether programs have the machine's network. */
  "shell.network": boolean;
  /** Which processes a program sees: `own`: its own, and when it ends those end. */
  "shell.processes": "all" | "own";
  /** Whether programs may write everywhere, or only under `fs.writable` and a /tmp of their own. */
  "shell.root": "writable" | "read_only";
  /** Whether programs are held in what their settings say: as far as it goes, not at all, or else not started. */
  isolation: "auto" | "off" | "required";
  /** What is under these paths no fs action touches, whatever the other lists say. */
  "fs.deny": string[];
  /** What fs actions may read; both lists empty: everything. */
  "fs.read_only": string[];
  /** What fs actions may read and write. */
  "fs.writable": string[];
}

export type SettingName = keyof SettingValues;

const MIB = 1024 * 1024;

/** What a token may be, as a setting and in its file. */
export const TOKEN_RULE = "visible ASCII characters without spaces";

export function isToken(text: string): boolean {
  return /^[\x21-\x7e]*$/.test(text);
}

const ACTION_RULES = "a list of action names such as http.get, families such as fs.*, or *";

const HOST_RULES = "a list of names, *.names, IP addresses, ranges such as 10.0.0.0/8, or *";

export const SETTING_KEYS: { [K in SettingName]: SettingKey<SettingValues[K]> } = {
  listen_addr: text(":4100", "host:port, :port or [ipv6]:port", (t) => !!parseListenAddr(t)),
  base_url: text("", "an http:// or https:// URL without query", (t) => t === "" || isBaseUrl(t)),
  allowed_origins: list("a list of origins such as http://localhost:6274", ",", isOrigin),
  allowed_hosts: list("a list of host names or IP addresses without port", ",", isHost),
  db_path: text("", storeRule("db_path"), (t) => namesStore("db_path", t)),
  store_url: text(
    "",
    storeRule("store_url"),
    (t) => t === "" || namesStore("store_url", t),
  ),
  store_password_file: text("", "the path of a file", (t) => !t.includes("\0")),
  store_lease: duration("10s", { from: "1s", to: "10m" }),
  log_level: {
    initial: "info",
    rule: `one of ${LOG_LEVELS.join(", ")}`,
    words: LOG_LEVELS,
    read(value) {
      const level = typeof value === "string" ? value.toLowerCase() : "";
      return level === "warning" ? "warn" : LOG_LEVELS.find((known) => known === level);
    },
  },
  pool_size: whole(10, 1, 10_000),
  panel: {
    ...toggle(false),
    // Any other text turns it off, as has always been documented.
    read: (value) => typeof value === "boolean" ? value : value === "true" || value === "1",
  },
  durability: choice("full", ["full", "normal"]),
  auth_token: text("", TOKEN_RULE, isToken),
  auth_token_file: text("", "the path of a file", (t) => !t.includes("\0")),
  "actions.allow": list(ACTION_RULES, ",", isGlob),
  "actions.deny": list(ACTION_RULES, ",", isGlob),
  max_steps: whole(10_000, 1, 1_000_000),
  max_definition: bytes(4 * MIB, 1024, 256 * MIB),
  max_request_body: bytes(4 * MIB, 1024, 256 * MIB),
  max_step_output: bytes(16 * MIB, 1024, 256 * MIB),
  max_connections: whole(4096, 8, 100_000),
  max_event_streams: whole(256, 1, 10_000),
  max_run_steps: whole(1_000_000, 1, 1_000_000_000),
  "limits.templates": counts(),
  "limits.agents": counts(),
  "retention.terminal": age("30d"),
  "retention.max_runs": whole(100_000, 0, 1_000_000_000),
  "retention.events": age("off"),
  "retention.fires": age("90d"),
  "memory.per_run": bytes(0, 0, 1024 ** 4),
  "memory.per_agent": bytes(0, 0, 1024 ** 4),
  "memory.total": bytes(0, 0, 1024 ** 4),
  "http.max_response_body": bytes(10 * MIB, 1024, 256 * MIB),
  "http.default_timeout": duration("30s"),
  "http.deny_private": toggle(false),
  "http.allow_hosts": list(HOST_RULES, ",", isHostRule),
  "http.deny_hosts": list(HOST_RULES, ",", isHostRule),
  "shell.enabled": toggle(true),
  "shell.default_timeout": duration("30s"),
  "shell.kill_grace": duration("5s"),
  "shell.max_output": bytes(10 * MIB, 1024, 256 * MIB),
  "shell.max_memory": bytes(0, 0, 1024 ** 5),
  "shell.max_cpu": whole(0, 0, 100_000),
  "shell.max_pids": whole(0, 0, 4_000_000),
  "shell.network": toggle(true),
  "shell.processes": choice("all", ["all", "own"]),
  "shell.root": choice("writable", ["writable", "read_only"]),
  isolation: choice("auto", ["auto", "off", "required"]),
  "fs.deny": paths(),
  "fs.read_only": paths(),
  "fs.writable": paths(),
};

export const SETTING_NAMES = Object.keys(SETTING_KEYS) as SettingName[];

/** The objects of settings.json that hold settings. */
export const SETTING_GROUPS: ReadonlySet<string> = new Set(
  SETTING_NAMES.filter((name) => name.includes(".")).map((name) => name.split(".")[0]!),
);

/** Whether what is given for the setting may have a secret in it. */
export function holdsSecret(name: SettingName): boolean {
  return name === "auth_token" || name === "store_url";
}

/** The value as it may be shown: whoever looks over a shoulder must not learn a secret. */
export function shownValue<K extends SettingName>(name: K, value: SettingValues[K]): unknown {
  if (name === "auth_token") return value === "" ? "" : "(set)";
  return name === "store_url" ? shownStore(name, value as string) : value;
}

/** The environment variable of a setting: `http.x` is OPCODE_HTTP_X. */
export function envName(name: SettingName): string {
  return `OPCODE_${name.replaceAll(".", "_").toUpperCase()}`;
}

/** The command line flag of a setting: `http.max_x` is `--http-max-x`. */
export function flagName(name: SettingName): string {
  return `--${name.replaceAll(/[._]/g, "-")}`;
}

/** How a person gives the daemon the setting, beside settings.json; undefined for no setting's name. */
export function waysToSet(name: string): { flag: string; variable: string } | undefined {
  const setting = name as SettingName;
  if (!SETTING_NAMES.includes(setting)) return undefined;
  return { flag: flagName(setting), variable: envName(setting) };
}

function text(initial: string, rule: string, valid: (t: string) => boolean): SettingKey<string> {
  return {
    initial,
    rule,
    read: (value) => typeof value === "string" && valid(value) ? value : undefined,
  };
}

/** A time above 0, or within bounds. */
function duration(initial: string, bounds?: { from: string; to: string }): SettingKey<string> {
  const rule = bounds
    ? `a duration from ${bounds.from} to ${bounds.to}`
    : 'a duration above 0, such as "30s" or "2m"';
  const [from, to] = bounds ? [bounds.from, bounds.to].map(parseDuration) : [0, Infinity];
  return text(initial, rule, (t) => {
    try {
      const ms = parseDuration(t);
      return ms > 0 && ms >= from! && ms <= to!;
    } catch {
      return false;
    }
  });
}

/** What `off` means is for whoever asks; days are taken, too. */
function age(initial: string): SettingKey<string> {
  const rule = 'a duration above 0, such as "30d" or "12h", or off';
  return text(initial, rule, (t) => {
    try {
      return t === "off" || parseAge(t) > 0;
    } catch {
      return false;
    }
  });
}

function choice<T extends string>(initial: T, all: readonly [...T[], T]): SettingKey<T> {
  return {
    initial,
    rule: `${all.slice(0, -1).join(", ")} or ${all.at(-1)}`,
    words: all,
    read: (value) => all.find((one) => one === value),
  };
}

function toggle(initial: boolean): SettingKey<boolean> {
  return {
    initial,
    rule: "true or false",
    words: ["true", "false"],
    read(value) {
      if (typeof value === "boolean") return value;
      return value === "true" || value === "1" ||
        (value === "false" || value === "0" ? false : undefined);
    },
  };
}

/** Texts; flags and variables have them in one, with `separator` in between. */
function list(
  rule: string,
  separator: string,
  valid: (item: string) => boolean,
): SettingKey<string[]> {
  return {
    initial: [],
    rule,
    separator,
    read(value) {
      const items = typeof value === "string"
        ? value.split(separator).map((item) => item.trim()).filter((item) => item !== "")
        : value;
      if (!Array.isArray(items)) return;
      return items.every((item) => typeof item === "string" && valid(item)) ? items : undefined;
    },
  };
}

function paths(): SettingKey<string[]> {
  return list("a list of paths", ":", (path) => path !== "" && !path.includes("\0"));
}

function whole(initial: number, min: number, max: number): SettingKey<number> {
  return {
    initial,
    rule: `a whole number from ${min} to ${max}`,
    read(value) {
      const number = typeof value === "string" && /^[+-]?\d+$/.test(value) ? Number(value) : value;
      if (typeof number !== "number" || !Number.isInteger(number)) return;
      return number >= min && number <= max ? number : undefined;
    },
  };
}

function bytes(initial: number, min: number, max: number): SettingKey<number> {
  return { ...whole(initial, min, max), unit: "bytes" };
}

function isBaseUrl(value: string): boolean {
  const url = URL.parse(value);
  return !!url && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "" &&
    url.username === "" && url.password === "";
}

/** As a browser writes it, so that it can be compared as it is; never a wildcard. */
function isOrigin(value: string): boolean {
  return /^https?:\/\/[^*]+$/.test(value) && URL.parse(value)?.origin === value;
}

function isHost(value: string): boolean {
  return !value.includes("*") && hostOf(value) === value.toLowerCase() &&
      !/:\d+$/.test(value) || isIP(value) !== 0;
}
