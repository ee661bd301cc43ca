// Which token the daemon asks for, and its clients carry: the setting's text, or what its file holds.

import { resolve } from "node:path";
import { isToken, type SettingName, TOKEN_RULE } from "./keys.ts";
import { filedSecret } from "./secret-file.ts";

export interface GivenToken {
  token: string;
  /** Where it came from, as in `Settings.sources`. */
  source: string;
  /** The file that holds it, absolute. */
  file?: string;
  warnings: string[];
}

/**
 * Of `auth_token` and `auth_token_file` the one from the higher place counts: a flag over the
 * environment over settings.json. Throws an Error that begins with the setting when both come from
 * the same place, or the file has no token.
 */
export function authTokenOf(
  given: Readonly<Record<"auth_token" | "auth_token_file", string>>,
  sources: Readonly<Record<SettingName, string>>,
  pathOf: (path: string) => string,
): GivenToken {
  const { auth_token: token, auth_token_file: path } = given;
  const [ofToken, ofFile] = [sources.auth_token, sources.auth_token_file];
  if (path === "" || (token !== "" && rank(ofToken) > rank(ofFile))) {
    const seen = ofToken === "--auth-token" && token !== ""
      ? [
        "--auth-token: everybody on this machine can read it in the list of processes: " +
        "use --auth-token-file, or OPCODE_AUTH_TOKEN_FILE",
      ]
      : [];
    return { token, source: ofToken, warnings: seen };
  }
  if (token !== "" && rank(ofToken) === rank(ofFile)) {
    throw new Error(`${ofFile}: auth_token_file: auth_token is set, too`);
  }
  const place = resolve(pathOf(path));
  const source = `${ofFile} (${place})`;
  const { text: read, ...found } = filedSecret(place, source, "the token");
  if (!isToken(read)) throw new Error(`${source}: must be one line of ${TOKEN_RULE}`);
  return { token: read, source, ...found };
}

function rank(source: string): number {
  if (source === "default") return 0;
  return source.startsWith("--") ? 3 : source.startsWith("OPCODE_") ? 2 : 1;
}
