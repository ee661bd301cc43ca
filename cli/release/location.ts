// Where releases are: one place, which a mirror or a test may be put in the place of.

import { UsageError } from "../usage-error.ts";

/** As the pages of a repository lay them out: `latest/download/FILE` and `download/VERSION/FILE`. */
const RELEASES = "https://github.com/rendis/opcode/releases";

/** Names another place of the same layout. */
export const RELEASES_VARIABLE = "OPCODE_RELEASES_URL";

/** The URL of a file of a release, of the latest one without a version. UsageError for a bad place. */
export function releaseFile(
  env: NodeJS.ProcessEnv,
  { version, file }: { version?: string | undefined; file: string },
): URL {
  const base = (env[RELEASES_VARIABLE] || RELEASES).replace(/\/+$/, "");
  if (!URL.canParse(base)) throw new UsageError(`${RELEASES_VARIABLE}: must be a URL`);
  const path = version === undefined
    ? `latest/download/${file}`
    : `download/${encodeURIComponent(version)}/${file}`;
  const url = new URL(`${base}/${path}`);
  if (!isSafe(url)) {
    throw new UsageError(
      `${RELEASES_VARIABLE}: must be an https:// URL, or http:// of this machine`,
    );
  }
  return url;
}

/** Nobody on the way reads or changes what comes from there. */
export function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === "https:" ||
    (protocol === "http:" && ["127.0.0.1", "[::1]", "localhost"].includes(hostname));
}
