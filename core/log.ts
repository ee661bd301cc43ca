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

/** Takes a whole line, with its level and its time (epoch ms) beside it. */
export type WriteLine = (line: string, level: Level, at: number) => void;

/** A logger whose level can be changed while it runs. */
export function createLogger(
  options: { level: Level; write: WriteLine; now?: () => number },
): Logger & { level: Level } {
  const now = options.now ?? Date.now;
  const put = (level: Level, msg: string, fields?: LogFields) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(logger.level)) return;
    const at = now();
    const line = { time: new Date(at).toISOString(), level, msg, ...fields };
    options.write(JSON.stringify(line) + "\n", level, at);
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
