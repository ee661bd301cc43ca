// Which token a client carries, an agent's or the daemon's own, and where it has it from.

import { type Settings, SettingsError } from "./load.ts";
import { readSecretFile } from "./secret-file.ts";

const VARIABLE = "OPCODE_AGENT_TOKEN";
const FILE_VARIABLE = "OPCODE_AGENT_TOKEN_FILE";

/**
 * The token in OPCODE_AGENT_TOKEN, or in the file that OPCODE_AGENT_TOKEN_FILE names; undefined when
 * neither is set. Not `auth_token`: a daemon that is started from the same environment would take that
 * for its own. Throws SettingsError when both are set, or the file has none.
 */
export function readAgentToken(env: Partial<Record<string, string>>): string | undefined {
  const { [VARIABLE]: text, [FILE_VARIABLE]: path } = env;
  if (text && path) throw new SettingsError([`${FILE_VARIABLE}: ${VARIABLE} is set, too`]);
  if (text) return text;
  if (!path) return undefined;
  try {
    return readSecretFile(path).text;
  } catch (error) {
    throw new SettingsError([`${FILE_VARIABLE} (${path}): ${(error as Error).message}`]);
  }
}

export interface ClientToken {
  /** Empty: none. */
  token: string;
  /** What has to change when it is refused: a variable, or a file. */
  from: string;
}

/** An agent's token where one is given, else that of the settings. Throws as `readAgentToken` does. */
export function clientToken(
  env: Partial<Record<string, string>>,
  { auth_token, sources }: Pick<Settings, "auth_token" | "sources">,
): ClientToken {
  const token = readAgentToken(env);
  if (token === undefined) return { token: auth_token, from: sources.auth_token };
  return { token, from: env[VARIABLE] ? VARIABLE : `${FILE_VARIABLE} (${env[FILE_VARIABLE]})` };
}

/** What somebody is told whose token the daemon refuses. */
export function refusedToken({ token, from }: ClientToken): string {
  if (token === "") return "wants a token: set OPCODE_AUTH_TOKEN to the daemon's auth_token";
  const right = from.startsWith(VARIABLE)
    ? "one of an agent in its settings"
    : "the daemon's auth_token";
  return `does not accept the token: ${from} must be ${right}`;
}
