// What the trigger `notify` says: whom to tell of which events of a template's runs.

import { CALLBACK_EVENTS, type CallbackEvent } from "../../core/callback-terms.ts";
import { parseJson } from "../../core/exact-json.ts";
import { faultAt } from "../../core/fault-at.ts";
import { isObject, type Json } from "../../core/json.ts";
import { TriggerFaults } from "../trigger-faults.ts";
import { refuseUnknown, secretAt, wordAt } from "../trigger-members.ts";

const AT = "triggers.notify";
const MEMBERS = ["url", "events", "secret"];
/** Characters of a URL: as many as of one of http actions. */
const LONGEST_URL = 64 * 1024;

export interface Notify {
  url: string;
  events: ReadonlySet<CallbackEvent>;
  /** The name of the secret by which callbacks are signed. */
  secret: string;
}

/** Null when something is wrong with it, which `faults` keeps. */
export function readNotify(given: Json, faults: TriggerFaults): Notify | null {
  const members = faults.take(() => {
    if (isObject(given)) return given;
    throw faultAt(AT, "must be an object");
  });
  if (!members) return null;
  const before = faults.found.length;
  faults.take(() => refuseUnknown(members, MEMBERS, AT, { what: "a member of notify" }));
  const read = <T>(member: string, of: (value: Json) => T) =>
    faults.take(() => {
      const value = members[member];
      if (value !== undefined) return of(value);
      throw faultAt(`${AT}.${member}`, "is required");
    });
  const url = read("url", urlOf);
  const events = read("events", eventsOf);
  const secret = read("secret", (value) => secretAt(`${AT}.secret`, value));
  if (faults.found.length > before) return null;
  return { url: url!, events: new Set(events!), secret: secret! };
}

/** The same of what is stored; null where there is none, or another version wrote what it is not. */
export function storedNotify(triggers: string | null): Notify | null {
  if (triggers === null) return null;
  const { notify } = parseJson(triggers) as { notify?: Json };
  return notify === undefined ? null : readNotify(notify, new TriggerFaults());
}

function urlOf(url: Json): string {
  const path = `${AT}.url`;
  const rule = "must be an absolute http or https URL without a user";
  if (typeof url !== "string") throw faultAt(path, rule);
  if (url.length > LONGEST_URL) throw faultAt(path, `must have at most ${LONGEST_URL} characters`);
  if (url.includes("${{")) throw faultAt(path, "is taken as it stands: it may hold no ${{…}}");
  // The parser would drop line breaks and tabs in silence.
  const parsed = /[\0-\x20\x7f]/.test(url) ? null : URL.parse(url);
  const isFine = parsed && /^https?:$/.test(parsed.protocol) && parsed.username === "" &&
    parsed.password === "";
  if (!isFine) throw faultAt(path, rule);
  return url;
}

function eventsOf(events: Json): CallbackEvent[] {
  const path = `${AT}.events`;
  if (!Array.isArray(events) || events.length === 0) {
    throw faultAt(path, `must be an array of some of ${CALLBACK_EVENTS.join(", ")}`);
  }
  const words = events.map((event, i) => wordAt(`${path}[${i}]`, event, CALLBACK_EVENTS));
  const again = words.findIndex((word, i) => words.indexOf(word) < i);
  if (again >= 0) throw faultAt(`${path}[${again}]`, "is named already");
  return words;
}
