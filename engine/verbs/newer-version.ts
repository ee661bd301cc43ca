// What is told of a run that has another version than the latest, where that may not be known.

import { quoted } from "../../core/text.ts";
import type { Engine } from "./shared.ts";
import { formatVersion } from "../version.ts";

interface OfVersion {
  templateName: string;
  templateVersion: number;
}

/** The warning that `told` makes of the version and the latest one; none where they are the same. */
export async function overtakenBy(
  { templates }: Engine,
  { templateName, templateVersion }: OfVersion,
  told: (own: string, latest: string) => string,
): Promise<string[]> {
  const latest = await templates.newest(templateName);
  if (latest === null || latest <= templateVersion) return [];
  const own = `${quoted(templateName)} ${formatVersion(templateVersion)}`;
  return [told(own, formatVersion(latest))];
}
