// Whether a run is given a param that nothing of its template can mean.

import { isObject, type JsonObject } from "../../core/json.ts";
import { nearest } from "../../core/nearest.ts";
import { isOpen, propertiesOf } from "./known-fields.ts";

/** Names that a refusal lists. */
const MOST_NAMED = 20;
/** `inputs` as a whole, or with a key that is computed: it may read anything. */
const READS_ALL =
  /\binputs\b(?!\s*(?:\?*\.\s*\??\s*[A-Za-z_]|\[\s*\\?["']|"\s*:|\?\.\[\s*\\?["']))/;

export interface UnknownParam {
  name: string;
  /** `did you mean "x"?`, or what there is. */
  hint: string;
}

interface Template {
  definition: JsonObject;
  inputSchema: JsonObject | null;
}

/**
 * Answers for the names that runs of the template are given: the first that is no default input, that
 * the schema does not know and no token or expression reads. None where no input is declared, where the
 * schema allows other names in so many words, and where something reads all inputs.
 */
export function unknownParamOf(
  { definition, inputSchema }: Template,
): (names: readonly string[]) => UnknownParam | undefined {
  if (inputSchema !== null && isOpen(inputSchema)) return () => undefined;
  const properties = propertiesOf(inputSchema ?? {});
  const defaults = isObject(definition.inputs) ? definition.inputs : {};
  const known = [...new Set([...Object.keys(properties), ...Object.keys(defaults)])];
  // What declares nothing may be given anything.
  if (known.length === 0) return () => undefined;
  // Written once, and only where somebody gives what is not declared.
  let text: string | undefined;
  return (names) => {
    const others = names.filter((name) =>
      !Object.hasOwn(properties, name) && !Object.hasOwn(defaults, name)
    );
    if (others.length === 0) return undefined;
    const reads = text ??= readable(definition, defaults);
    if (reads === "") return undefined;
    const name = others.find((name) => !isRead(name, reads));
    return name === undefined ? undefined : { name, hint: hintFor(name, known) };
  };
}

/** What may read inputs, as text; empty where something reads them all. */
function readable({ inputs: _, ...rest }: JsonObject, defaults: JsonObject): string {
  const text = JSON.stringify(rest) + JSON.stringify(Object.values(defaults));
  return READS_ALL.test(text) ? "" : text;
}

function hintFor(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  const shown = known.slice(0, MOST_NAMED).join(", ") + (known.length > MOST_NAMED ? ", …" : "");
  return `it takes ${shown}`;
}

/** Whether what reads inputs names it, by a dot or in brackets. */
function isRead(name: string, text: string): boolean {
  const quoted = JSON.stringify(name).slice(1, -1);
  return text.includes(`inputs.${name}`) || text.includes(`inputs?.${name}`) ||
    text.includes(`"${quoted}\\"]`) || text.includes(`'${quoted}']`);
}
