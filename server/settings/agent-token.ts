// Which agent's token a client carries, when it is an agent's: from a variable or a file.

import { SettingsError } from "./load.ts";
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
