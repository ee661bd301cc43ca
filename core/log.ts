// How the daemon logs: one JSON line a message on stderr, with correlation ids as fields.

import type { Json } from "./json.ts";

export type LogFields = Record<string, Json | undefined>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LOG_LEVELS)[number];

/** A logger whose level can be changed while it runs; `write` gets whole lines. */
export function createLogger(
  options: { level: Level; write: (line: string) => void; now?: () => number },
): Logger & { level: Level } {
  const now = options.now ?? Date.now;
  const put = (level: Level, msg: string, fields?: LogFields) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(logger.level)) return;
    const line = { time: new Date(now()).toISOString(), level, msg, ...fields };
    options.write(JSON.stringify(line) + "\n");
  };
  const logger = {
    level: options.level,
    debug: (msg: string, fields?: LogFields) => put("debug", msg, fields),
    info: (msg: string, fields?: LogFields) => put("info", msg, fields),
    warn: (msg: string, fields?: LogFields) => put("warn", msg, fields),
    error: (msg: string, fields?: LogFields) => put("error", msg, fields),
  };
  return logger;
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
