// How install.sh learns whose signatures it takes: a release's own copy of it names its key.

import type { KeyObject } from "node:crypto";
import { keyText } from "../../cli/release/keys.ts";

const PLACE = /^RELEASE_KEY=""$/m;

/** The script with the key in it; without a key it stays as it is, and installs from sources only. */
export function installerFor(script: string, key: KeyObject | undefined): string {
  if (!PLACE.test(script)) throw new Error('install.sh has no line RELEASE_KEY=""');
  return key === undefined ? script : script.replace(PLACE, `RELEASE_KEY="${keyText(key)}"`);
}
