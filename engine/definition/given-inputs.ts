// Which inputs runs of a template have beside those that it declares, and what is told of the others.

import { isObject, type Json } from "../../core/json.ts";
import { cut } from "../../core/text.ts";
import type { Issue } from "../api.ts";
import { PARTS } from "../hooks/known-parts.ts";
import { quote } from "./report.ts";

/** Inputs that one warning names. */
const MOST_NAMED = 10;

export interface GivenInputs {
  names: ReadonlySet<string>;
  /** Whether deliveries start runs: with their hooks it is told what these lack. */
  isHooked: boolean;
  /** Whether a program makes the inputs of a delivery, which may be any then. */
  isMapped: boolean;
}

/** What triggers give. Whatever is no trigger gives nothing. */
export function givenInputs(triggers: Json | undefined): GivenInputs {
  const { webhook, cron } = isObject(triggers) ? triggers : {};
  const hooks = listOf(webhook);
  const params = listOf(cron).map(({ params }) => params);
  return {
    names: new Set([
      ...(hooks.length > 0 ? PARTS : []),
      ...params.flatMap((given) => isObject(given) ? Object.keys(given) : []),
    ]),
    isHooked: hooks.length > 0,
    isMapped: hooks.some(({ map = null }) => map !== null),
  };
}

function listOf(value: Json | undefined) {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** One warning for all inputs that are read and that nothing declares; `reads`: where each is read first. */
export function undeclaredInputs(reads: ReadonlyMap<string, string>): Issue[] {
  if (reads.size === 0) return [];
  const names = [...reads.keys()].slice(0, MOST_NAMED);
  const named = names.map((name) => `${quote(name)} (${cut(reads.get(name)!, 100)})`).join(", ");
  const more = reads.size > names.length ? ` and ${reads.size - names.length} more` : "";
  const keys = names.map((name) => JSON.stringify(cut(name)));
  const rest = reads.size > names.length ? ", …" : "";
  const schema = `{"type": "object", "properties": {${keys.map((key) => `${key}: {}`).join(", ")}` +
    `${rest}}, "required": [${keys.join(", ")}${rest}]}`;
  return [{
    path: "input_schema",
    code: "VALIDATION_ERROR",
    message: `does not say that runs need ${named}${more}, and one without them fails where they ` +
      `are read: write "input_schema": ${schema}, or defaults in "inputs" of the definition`,
    severity: "warning",
  }];
}
