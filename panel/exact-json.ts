// How the panel reads JSON without rounding its large integers: what is shown and edited is what is stored.

/** What may be an integer that no double holds; most texts have nothing like it. */
const LARGE = /\d{16}/;

type Source = { source?: string };
type Reviver = (key: string, value: unknown, context: Source) => unknown;
type RawJson = { rawJSON?: (text: string) => unknown };

export function parseExact(text: string): unknown {
  return LARGE.test(text)
    ? JSON.parse(text, exact as (key: string, value: unknown) => unknown)
    : JSON.parse(text);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object that the text is; undefined when it is none. */
export function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value = parseExact(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A browser that does not tell the source leaves the number as it has read it. */
const exact: Reviver = (_, value, context) => {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
};

Object.defineProperty(BigInt.prototype, "toJSON", {
  value(this: bigint): unknown {
    const { rawJSON } = JSON as RawJson;
    return rawJSON ? rawJSON(this.toString()) : Number(this);
  },
  configurable: true,
  writable: true,
});
