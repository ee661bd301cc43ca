// Where in a value a text stands: among the names of its members, and in what they hold.

export interface Found {
  /** From the root on, as `steps.fetch.output.items[3].name`. */
  path: string;
  /** What stands there, around the text. */
  excerpt: string;
}

export interface Search {
  found: Found[];
  /** How many places there are, of which at most some are found. */
  total: number;
  /** Whether the value was too large to be looked through to its end. */
  isCut: boolean;
}

/** Values that are looked at, and characters: more would be felt while somebody types. */
const MOST_VALUES = 200_000;
const MOST_CHARACTERS = 8_000_000;
/** Characters around the text that are shown. */
const AROUND = 40;

/** Characters that a tree shows of one text. */
export const MOST_SHOWN = 2_000;

/** Whether it has so many members, all in all, that somebody would look for one. */
export function isLarge(value: unknown, most = 30): boolean {
  let left = most;
  const count = (one: unknown): boolean => {
    if (typeof one === "string") return one.length > MOST_SHOWN;
    if (one === null || typeof one !== "object") return false;
    return Object.values(one).some((member) => --left < 0 || count(member));
  };
  return count(value);
}

/** Upper and lower case are the same. `path`: of the value itself; "" when nothing names it. */
export function findIn(
  value: unknown,
  text: string,
  { path, most }: { path: string; most: number },
): Search {
  const search: Search = { found: [], total: 0, isCut: false };
  const sought = text.toLowerCase();
  const left = { values: MOST_VALUES, characters: MOST_CHARACTERS };
  const look = (one: unknown, at: string, name: string) => {
    const leaf = one === null || typeof one !== "object" ? String(one) : undefined;
    left.characters -= leaf?.length ?? 0;
    if (--left.values < 0 || left.characters < 0) {
      search.isCut = true;
      return;
    }
    const where = leaf?.toLowerCase().indexOf(sought) ?? -1;
    if (where >= 0 || name.toLowerCase().includes(sought)) {
      search.total++;
      if (search.found.length < most) {
        search.found.push({ path: at, excerpt: excerptOf(one, leaf, Math.max(0, where)) });
      }
    }
    if (leaf !== undefined) return;
    const isList = Array.isArray(one);
    for (const [key, member] of Object.entries(one as object)) {
      if (search.isCut) return;
      look(member, memberPath(at, key, isList), isList ? "" : key);
    }
  };
  look(value, path, "");
  return search;
}

/** The path of a member, as a definition writes it. */
export function memberPath(path: string, key: string, isList: boolean): string {
  if (isList) return `${path}[${key}]`;
  if (!/^[A-Za-z_]\w*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

function excerptOf(value: unknown, leaf: string | undefined, where: number): string {
  if (leaf === undefined) return Array.isArray(value) ? "[…]" : "{…}";
  const from = Math.max(0, where - AROUND);
  const to = where + 3 * AROUND;
  // Whole code points, and one line.
  const shown = leaf.slice(from, to).toWellFormed().replace(/\s+/g, " ");
  return `${from > 0 ? "…" : ""}${shown}${to < leaf.length ? "…" : ""}`;
}
