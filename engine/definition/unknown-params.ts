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

/**
 * The first name that is no default input, that the schema does not know and no token or expression
 * reads. None where no input is declared, where the schema allows other names in so many words, and
 * where something reads all inputs.
 */
export function unknownParam(
  names: readonly string[],
  template: { definition: JsonObject; inputSchema: JsonObject | null },
): UnknownParam | undefined {
  const { definition, inputSchema } = template;
  if (inputSchema !== null && isOpen(inputSchema)) return undefined;
  const properties = propertiesOf(inputSchema ?? {});
  const defaults = isObject(definition.inputs) ? definition.inputs : {};
  const others = names.filter((name) =>
    !Object.hasOwn(properties, name) && !Object.hasOwn(defaults, name)
  );
  if (others.length === 0) return undefined;
  const known = [...new Set([...Object.keys(properties), ...Object.keys(defaults)])];
  // What declares nothing may be given anything.
  if (known.length === 0) return undefined;
  const { inputs: _, ...rest } = definition;
  const text = JSON.stringify(rest) + JSON.stringify(Object.values(defaults));
  if (READS_ALL.test(text)) return undefined;
  const name = others.find((name) => !isRead(name, text));
  if (name === undefined) return undefined;
  const meant = nearest(name, known);
  const shown = known.slice(0, MOST_NAMED).join(", ") + (known.length > MOST_NAMED ? ", …" : "");
  return { name, hint: meant === undefined ? `it takes ${shown}` : `did you mean "${meant}"?` };
}

/** Whether what reads inputs names it, by a dot or in brackets. */
function isRead(name: string, text: string): boolean {
  const quoted = JSON.stringify(name).slice(1, -1);
  return text.includes(`inputs.${name}`) || text.includes(`inputs?.${name}`) ||
    text.includes(`"${quoted}\\"]`) || text.includes(`'${quoted}']`);
}
