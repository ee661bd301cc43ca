// Which release there is, and what is known of it once its signature is verified.

import { SIGNATURE_BYTES, signerOf } from "../release/keys.ts";
import { releaseFile } from "../release/location.ts";
import { MANIFEST, parseManifest, type ReleaseManifest } from "../release/manifest.ts";
import { download, NoSuchFile } from "./download.ts";

const MOST_MANIFEST = 1_000_000;

export interface Wanted {
  env: NodeJS.ProcessEnv;
  /** The latest one without. */
  version: string | undefined;
  /** Whose signatures are taken. */
  keys: readonly string[];
}

/** Its manifest, which one of the keys has signed. Throws what is wrong, and then nothing is known of it. */
export async function findRelease({ env, version, keys }: Wanted): Promise<ReleaseManifest> {
  if (keys.length === 0) {
    throw new Error(
      "this build carries no key by which it would know a release of ours: take a binary of a " +
        "release, with install.sh",
    );
  }
  const of = (file: string) => releaseFile(env, { version, file });
  const manifestUrl = of(MANIFEST);
  let bytes: Buffer, signature: Buffer;
  try {
    bytes = await download(manifestUrl, MOST_MANIFEST);
    signature = await download(of(`${MANIFEST}.sig`), SIGNATURE_BYTES);
  } catch (error) {
    if (!(error instanceof NoSuchFile)) throw error;
    throw new Error(
      version === undefined
        ? `there is no release, or one that is not signed: ${error.message}`
        : `there is no release ${version}, or one that is not signed: ${error.message}`,
    );
  }
  if (signerOf(bytes, signature, keys) === undefined) {
    throw new Error(notOurs(bytes, keys, manifestUrl));
  }
  const manifest = parseManifest(bytes);
  if (version !== undefined && manifest.version !== version) {
    throw new Error(`asked for ${version}, and what came is ${manifest.version}`);
  }
  return manifest;
}

/** Whether it was changed, or whoever signs has another key by now. */
function notOurs(bytes: Buffer, keys: readonly string[], url: URL): string {
  const claimed = claimedKey(bytes);
  return claimed === undefined || keys.includes(claimed)
    ? `the signature of ${url} is not that of its bytes: nothing of it was taken`
    : `${url} is signed with a key that this version does not know: if releases have a new key, ` +
      "update to the last release that announced it first (--version), or install anew with install.sh";
}

function claimedKey(bytes: Buffer): string | undefined {
  try {
    return parseManifest(bytes).key;
  } catch {
    return undefined;
  }
}
