// What the program of a hook reads that no delivery has, as far as the program tells.

import { insteadOf } from "../../core/instead-of.ts";
import { quoted } from "../../core/text.ts";
import { readsOfJq } from "../../embed/jq/reads.ts";
import { HEADERS } from "./content.ts";
import { PARTS } from "./known-parts.ts";

/** A sentence for each name that is null in every delivery. */
export function readsNothing(map: string): string[] {
  const reads = readsOfJq(map);
  if (reads === "all") return [];
  const told = [...reads.keys()].filter((name) => !isPart(name)).map((name) =>
    `reads ${quoted(name)}, which no delivery has${insteadOf(name, PARTS)}; ` +
    `a member of what is sent is .body${member(name)}`
  );
  const headers = reads.get("headers");
  if (headers === undefined || headers === "all") return told;
  const kept: readonly string[] = HEADERS;
  return [
    ...told,
    ...[...headers].filter((name) => !kept.includes(name)).map((name) =>
      `reads the header ${quoted(name)}, which is not handed on${insteadOf(name, kept)}`
    ),
  ];
}

function isPart(name: string): boolean {
  return (PARTS as readonly string[]).includes(name);
}

function member(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
