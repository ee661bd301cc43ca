// What the doctor says of one thing: how it is, how bad that is, and what mends it.

import type { Settings } from "../../server/settings/load.ts";
import type { OwnDaemon } from "../own-daemon.ts";

/** `fault`: it does not work, or is not safe. `warning`: it will not, some day. `note`: to know. */
export type Level = "ok" | "note" | "warning" | "fault";

export interface Finding {
  /** What was looked at: `disk`. */
  name: string;
  level: Level;
  text: string;
  /** What to do about it; absent where there is nothing to do. */
  remedy?: string;
}

/** What all who look need to know. */
export interface Patient {
  settings: Settings;
  env: NodeJS.ProcessEnv;
  /** The daemon of the data directory, when it has proved itself. */
  daemon: Extract<OwnDaemon, { state: "there" }>["daemon"] | undefined;
  now: number;
}

/** Looks at one thing. What it throws is a finding too. */
export interface Examination {
  name: string;
  look(patient: Patient): Promise<Said> | Said;
}

/** What is said of it: one thing or several. */
export type Said = Omit<Finding, "name"> | readonly Omit<Finding, "name">[];

export const ok = (text: string) => ({ level: "ok", text }) as const;
export const note = (text: string, remedy?: string) => said("note", text, remedy);
export const warning = (text: string, remedy?: string) => said("warning", text, remedy);
export const fault = (text: string, remedy?: string) => said("fault", text, remedy);

function said(level: Level, text: string, remedy: string | undefined): Omit<Finding, "name"> {
  return { level, text, ...(remedy !== undefined && { remedy }) };
}

export function sizeText(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  let value = bytes;
  for (; value >= 1_024 && at < units.length - 1; at++) value /= 1_024;
  return `${at === 0 ? value : value.toFixed(1)} ${units[at]}`;
}
