// How `opcode mcp` joins a stdio MCP client and the daemon, from the first line to the last.

import { setTimeout as delay } from "node:timers/promises";
import { SETTING_KEYS } from "../../server/settings/keys.ts";
import { isAgentToken } from "../../server/callers.ts";
import { clientSettings } from "../client-settings.ts";
import { outliveReader } from "../closed-pipes.ts";
import { Bridge } from "../mcp/bridge.ts";
import { DaemonLink } from "../mcp/daemon-link.ts";
import { homeDaemon, namedDaemon } from "../mcp/find-daemon.ts";
import { readLines, TOO_LONG } from "../mcp/lines.ts";
import { INVALID_REQUEST } from "../mcp/messages.ts";
import { UsageError } from "../usage-error.ts";

/** Bytes of one message of the client, unless the daemon takes more: what is below, it refuses. */
const MAX_LINE = 16 * 1024 * 1024;
/** Messages under way, and the largest of them, at which no more are read until some have ended. */
const MAX_MESSAGES = 512;
const MAX_LARGEST = 4;
/** How long answers may take once the client has closed its end. */
const LAST_ANSWERS_MS = 2_000;
const GOODBYE_MS = 500;

export interface McpFlags {
  names: "dots" | "underscore";
  url: string | undefined;
  /** The agent that the command line names. */
  agent: string | undefined;
}

/** Runs until standard input closes; returns the exit code. Throws when no daemon can be had. */
export async function mcp(flags: McpFlags): Promise<number> {
  let noted = "";
  const note = (text: string) => {
    // Nobody may be reading: what is said again and again must not fill the pipe.
    if (text !== noted) process.stderr.write(`opcode mcp: ${text}\n`);
    noted = text;
  };
  const url = flags.url || process.env.OPCODE_URL;
  const { home, carried, settings } = clientSettings(process.env, { named: !!url });
  const { max_request_body, db_path } = settings ?? {};
  const maxLine = Math.max(MAX_LINE, max_request_body ?? SETTING_KEYS.max_request_body.initial);
  if (url && (!/^https?:\/\//.test(url) || !URL.canParse(url))) {
    throw new UsageError(`--url: must be an http:// or https:// URL, got "${url}"`);
  }
  const finder = url ? namedDaemon(url.replace(/\/+$/, "")) : homeDaemon({ home, db_path }, note);
  await finder.find(AbortSignal.timeout(60_000));
  const bridge = new Bridge({
    link: new DaemonLink({
      finder,
      carried,
      underscoreNames: flags.names === "underscore",
    }),
    write: (line) => writeLine(line),
    note,
    agentId: flags.agent,
    signed: isAgentToken(carried.token),
  });

  // A client that reads no more is gone: nothing is left to do for it but to say goodbye.
  outliveReader();
  process.stdout.on("error", () => process.stdin.destroy());
  process.stderr.on("error", () => {});
  const underWay = new Set<Promise<void>>();
  let bytes = 0;
  let ended = Promise.withResolvers<void>();
  try {
    for await (const line of readLines(process.stdin, maxLine)) {
      if (line === TOO_LONG) {
        await bridge.refuse(INVALID_REQUEST, `a message must be at most ${maxLine} bytes`);
        continue;
      }
      bytes += line.length;
      const way = bridge.carry(line).finally(() => {
        bytes -= line.length;
        underWay.delete(way);
        ended.resolve();
      });
      underWay.add(way);
      while (underWay.size >= MAX_MESSAGES || bytes >= MAX_LARGEST * maxLine) {
        ended = Promise.withResolvers();
        await ended.promise;
      }
    }
  } catch {
    // However the client's end of the pipe breaks, the client is gone.
  }
  await Promise.race([Promise.all(underWay), delay(LAST_ANSWERS_MS, null, { ref: false })]);
  await bridge.close(AbortSignal.timeout(GOODBYE_MS)).catch(() => {});
  return 0;
}

function writeLine(line: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${line}\n`, () => resolve()));
}
