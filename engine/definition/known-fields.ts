// Which fields a JSON Schema knows of the objects it describes.

import { isObject, type JsonObject } from "../../core/json.ts";

/** Keywords that may bring in fields which `properties` does not name. */
const MORE_FIELDS = [
  "$ref",
  "$dynamicRef",
  "allOf",
  "anyOf",
  "oneOf",
  "if",
  "dependentSchemas",
  "patternProperties",
];

/** A field that the schema does not know. */
export interface UnknownField {
  /** Its position among the keys. */
  at: number;
  /** The fields that are known there: there may be thousands. */
  names(): string[];
  /** Whether no value that meets the schema can have it. */
  impossible: boolean;
}

export function propertiesOf(schema: JsonObject): Record<string, JsonObject> {
  return isObject(schema.properties) ? schema.properties as Record<string, JsonObject> : {};
}

/** Whether more than `properties` and `required` may say which fields an object has. */
export function mayHaveMore(schema: JsonObject): boolean {
  return MORE_FIELDS.some((keyword) => keyword in schema) || "dependentRequired" in schema;
}

/** Whether the schema describes objects without saying which fields they have. */
export function isOpen(schema: JsonObject): boolean {
  if (schema.additionalProperties === false) return isObject(schema.patternProperties);
  return schema.properties === undefined || isObject(schema.additionalProperties) ||
    schema.additionalProperties === true || MORE_FIELDS.some((keyword) => keyword in schema);
}

/** The one type that the field there has by the schema; undefined where it may have others. */
export function typeOfField(schema: JsonObject, keys: readonly string[]): string | undefined {
  let inner: unknown = schema;
  for (const key of keys) {
    if (!isObject(inner) || !Object.hasOwn(propertiesOf(inner), key)) return undefined;
    inner = propertiesOf(inner)[key];
  }
  const type = isObject(inner) ? inner.type : undefined;
  return typeof type === "string" ? type : undefined;
}

/** The first of the keys, followed from a value of the schema inwards, that is not known. */
export function unknownField(
  schema: JsonObject,
  keys: readonly string[],
): UnknownField | undefined {
  let inner: unknown = schema;
  for (const [at, key] of keys.entries()) {
    if (!isObject(inner)) return undefined;
    const properties = propertiesOf(inner);
    if (Object.hasOwn(properties, key)) {
      inner = properties[key];
    } else if (isOpen(inner)) {
      return undefined;
    } else {
      const impossible = inner.additionalProperties === false;
      return { at, names: () => Object.keys(properties), impossible };
    }
  }
  return undefined;
}
