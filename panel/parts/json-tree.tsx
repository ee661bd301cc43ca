// How JSON looks: a tree that opens and closes, without a script too, and copies the path of what it shows.

import { useMemo, useState } from "preact/hooks";
import { useAround } from "../context.ts";
import { findIn, isLarge, memberPath, MOST_SHOWN } from "../json-search.ts";
import { Said } from "./marks.tsx";

/** Members that are shown of one value. */
const MOST_MEMBERS = 200;
/** Values of so many members are closed at first. */
const OPEN_UP_TO = 12;
/** Places of a text that are shown. */
const MOST_FOUND = 50;

/** `path`: by which a definition reads the value, as `steps.fetch.output`. */
export function JsonTree({ value, path }: { value: unknown; path?: string }) {
  const { act } = useAround();
  const [sought, setSought] = useState("");
  const text = sought.trim();
  return (
    <div class="json">
      {act && isLarge(value) && (
        <input
          type="search"
          aria-label="Find in this value"
          placeholder="Find in this value"
          value={sought}
          onInput={({ currentTarget }) => setSought(currentTarget.value)}
        />
      )}
      {text === ""
        ? <Value value={value} path={path} depth={0} />
        : <Places value={value} path={path} text={text} />}
    </div>
  );
}

/** Where the text stands, also in what the tree does not show. */
function Places({ value, path, text }: { value: unknown; path: string | undefined; text: string }) {
  const { found, total, isCut } = useMemo(
    () => findIn(value, text, { path: path ?? "", most: MOST_FOUND }),
    [value, path, text],
  );
  const more = total > found.length ? `, the first ${found.length} of which are shown` : "";
  const cut = isCut ? "; the value is too large to be looked through to its end" : "";
  return (
    <>
      <p class="count" role="status">
        {total === 1 ? "1 place" : `${total} places`}
        {more}
        {cut}
      </p>
      <ol class="places">
        {found.map((one) => (
          <li key={one.path}>
            <Name name={one.path} path={path && one.path} /> <Said text={one.excerpt} />
          </li>
        ))}
      </ol>
    </>
  );
}

interface Part {
  value: unknown;
  name?: string;
  path: string | undefined;
  depth: number;
}

function Value({ value, name, path, depth }: Part) {
  if (value === null || typeof value !== "object") {
    return (
      <div class="leaf">
        <Name name={name} path={path} />
        <Leaf value={value} />
      </div>
    );
  }
  const isList = Array.isArray(value);
  const members = Object.entries(value);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  if (members.length === 0) {
    return (
      <div class="leaf">
        <Name name={name} path={path} />
        {open + close}
      </div>
    );
  }
  const count = `${members.length} ${isList ? "item" : "member"}${members.length > 1 ? "s" : ""}`;
  return (
    <details open={depth < 2 && members.length <= OPEN_UP_TO}>
      <summary>
        <Name name={name} path={path} />
        {open}
        <span class="count">{count}</span>
        {close}
      </summary>
      {members.slice(0, MOST_MEMBERS).map(([key, member]) => (
        <Value
          key={key}
          value={member}
          name={key}
          path={path && memberPath(path, key, isList)}
          depth={depth + 1}
        />
      ))}
      {members.length > MOST_MEMBERS && (
        <div class="leaf count">{members.length - MOST_MEMBERS} more are not shown</div>
      )}
    </details>
  );
}

function Name({ name, path }: { name: string | undefined; path: string | undefined }) {
  const { act } = useAround();
  if (name === undefined) return null;
  if (!act || path === undefined) {
    return (
      <span class="name">
        <bdi>{name}</bdi>:
      </span>
    );
  }
  const token = `\${{${path}}}`;
  const copy = (event: Event) => {
    event.preventDefault();
    void navigator.clipboard?.writeText(token);
  };
  return (
    <button type="button" class="name" title={`Copy ${token}`} onClick={copy}>
      <bdi>{name}</bdi>:
    </button>
  );
}

function Leaf({ value }: { value: unknown }) {
  if (typeof value !== "string") return <span class="literal">{String(value)}</span>;
  if (value.length <= MOST_SHOWN) return <bdi class="text">{JSON.stringify(value)}</bdi>;
  // Cut between code points.
  const shown = [...value.slice(0, MOST_SHOWN)].slice(0, -1).join("");
  return (
    <span>
      <bdi class="text">{JSON.stringify(shown)}</bdi>
      <span class="count">{value.length - shown.length} more characters are not shown</span>
    </span>
  );
}
