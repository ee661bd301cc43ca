// Whether a run is given a param that nothing of its template can mean.

import { isObject, type JsonObject } from "../../core/json.ts";
import { nearest } from "../../core/nearest.ts";
import { inputsRead } from "./inputs-read.ts";
import { isOpen, propertiesOf } from "./known-fields.ts";

/** Names that a refusal lists. */
const MOST_NAMED = 20;

export interface UnknownParam {
  name: string;
  /** `did you mean "x"?`, or what there is; undefined where nothing is. */
  hint: string | undefined;
  /** The template declares no input: nobody can say what it is to be given, only what it reads. */
  undeclared?: true;
}

interface Template {
  definition: JsonObject;
  inputSchema: JsonObject | null;
}

/**
 * Returns for the names that runs of the template are given: the first that is no default input, that
 * the schema does not know and no token or expression reads. None where the schema allows other names in
 * so many words, and where something reads all inputs.
 */
export function unknownParamOf(
  { definition, inputSchema }: Template,
): (names: readonly string[]) => UnknownParam | undefined {
  if (inputSchema !== null && isOpen(inputSchema)) return () => undefined;
  const properties = propertiesOf(inputSchema ?? {});
  const defaults = isObject(definition.inputs) ? definition.inputs : {};
  const known = [...new Set([...Object.keys(properties), ...Object.keys(defaults)])];
  // Searched once, and only where somebody gives what is not declared.
  let read: { names: ReadonlySet<string> | undefined } | undefined;
  return (names) => {
    const others = names.filter((name) =>
      !Object.hasOwn(properties, name) && !Object.hasOwn(defaults, name)
    );
    if (others.length === 0) return undefined;
    const { names: named } = read ??= { names: inputsRead(definition) };
    const name = named && others.find((name) => !named.has(name));
    if (named === undefined || name === undefined) return undefined;
    if (known.length > 0) return { name, hint: hintFor(name, known) };
    return { name, hint: hintFor(name, [...named]), undeclared: true };
  };
}

function hintFor(name: string, known: readonly string[]): string | undefined {
  const meant = nearest(name, known);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  if (known.length === 0) return undefined;
  const shown = known.slice(0, MOST_NAMED).join(", ") + (known.length > MOST_NAMED ? ", …" : "");
  return `it takes ${shown}`;
}
