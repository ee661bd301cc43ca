// What is said where a definition names a secret that nobody has stored yet.

import type { Issue } from "../api.ts";
import type { Secrets } from "./secrets.ts";

/** How what stands in the way is told, and what a person runs before the secret can be stored. */
const FIRST = {
  unlocked: ["", ""],
  locked: [", and the vault is locked", '"opcode secret unlock" and then '],
  new: [
    ", and there is no vault yet",
    '"opcode secret unlock", which makes it with the key that is given then, and then ',
  ],
} as const;

/** A warning at this path, unless there is the secret; `until`: what comes of it till then. */
export function lackingSecret(
  secrets: Secrets,
  name: string,
  { path, until }: { path: string; until: string },
): Issue[] {
  if (secrets.has(name)) return [];
  const [state, first] = FIRST[secrets.state];
  return [{
    path,
    code: "NOT_FOUND",
    message: `secret "${name}" is not stored yet${state}: until a person runs ${first}` +
      `"opcode secret set ${name}", ${until}`,
    severity: "warning",
  }];
}
