// A server of releases in tests: the layout of the real one, with files that may be changed before they are served.

import { createPublicKey, type KeyObject } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { archiveName, OWN_PLATFORM } from "../../cli/release/platform.ts";
import { writeRelease } from "../../scripts/release/release.ts";
import { RELEASE_KEY } from "./binary.ts";
import { type Cleanup, tempHome } from "./daemon.ts";
import { httpServer } from "./http-server.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export const OWN_ARCHIVE = archiveName(OWN_PLATFORM)!;

export interface Releases {
  /** For OPCODE_RELEASES_URL. */
  url: string;
  /** The paths that were asked for. */
  asked(): string[];
  /** The directory of a release. */
  of(version: string): string;
  /** Adds one with this program, and makes it the latest. */
  add(version: string, program: Uint8Array | string, options?: AddOptions): string;
  /** Which one is the latest. */
  latest: string;
  /** Answers in the place of the file, when it wants to. */
  answer?: (path: string, response: ServerResponse) => boolean;
}

interface AddOptions {
  /** Undefined: not signed. */
  key?: KeyObject | undefined;
  nextKey?: KeyObject;
  archive?: string;
}

export async function releases(t: Cleanup): Promise<Releases> {
  const place = tempHome(t);
  const server = await httpServer(t, (request, response) => {
    const path = request.url!;
    if (served.answer?.(path, response)) return;
    const [, kind, a, b] = path.split("/");
    const [version, file] = kind === "latest" ? [served.latest, b] : [a, b];
    const directory = join(place, version ?? "");
    const isThere = version !== "" && readdirSync(place).includes(version!) &&
      readdirSync(directory).includes(file!);
    response.statusCode = isThere ? 200 : 404;
    response.end(isThere ? readFileSync(join(directory, file!)) : "not found");
  });
  const served: Releases = {
    url: server.url,
    asked: () => server.requests.map(({ url }) => url!),
    of: (version) => join(place, version),
    latest: "",
    add(version, program, options = {}) {
      const { nextKey, archive = OWN_ARCHIVE } = options;
      const key = "key" in options ? options.key : RELEASE_KEY;
      const directory = join(place, version);
      mkdirSync(directory);
      writeRelease(ROOT, {
        directory,
        version,
        released_at: "2026-01-02T03:04:05Z",
        binaries: { [archive]: Buffer.from(program as string) },
        key,
        nextKey: nextKey && createPublicKey(nextKey),
        level: 1,
      });
      served.latest = version;
      return directory;
    },
  };
  return served;
}

/** A program that only says its version. */
export function saying(version: string): string {
  return `#!/bin/sh\n[ "$1" = version ] && echo ${version}\n`;
}
