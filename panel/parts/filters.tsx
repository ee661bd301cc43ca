// How a list is narrowed: a form whose values stand in the address, with a browser's help at once.

import type { Place } from "../page.ts";
import { useAround } from "../context.ts";
import { hrefTo } from "../find.ts";

export type Field =
  & { name: string; label: string }
  & ({
    kind: "choice";
    of: readonly string[];
    any: string;
    /** What is shown of them, where it is something else. */
    words?: Readonly<Record<string, string>>;
  } | { kind: "text"; hint?: string });

/** What the address narrows a list by, of what it may, whatever page of it is open. */
export function narrowedBy({ query }: Place, names: readonly string[]): Record<string, string> {
  const given = names.map((name) => [name, query.get(name)] as const);
  return Object.fromEntries(given.filter((one): one is [string, string] => Boolean(one[1])));
}

export function Filters({ place, fields }: { place: Place; fields: readonly Field[] }) {
  const { go } = useAround();
  const apply = (form: HTMLFormElement) => {
    const given = Object.fromEntries(new FormData(form)) as Record<string, string>;
    go?.(hrefTo(place.path, {}, given));
  };
  const isNarrowed = fields.some(({ name }) => place.query.get(name));
  return (
    <form
      class="filters"
      method="get"
      action={place.path}
      role="search"
      onSubmit={(event) => {
        if (!go) return;
        event.preventDefault();
        apply(event.currentTarget);
      }}
    >
      {fields.map((field) => (
        <label key={field.name}>
          <span>{field.label}</span>
          <Input field={field} value={place.query.get(field.name) ?? ""} apply={go && apply} />
        </label>
      ))}
      <button type="submit">Filter</button>
      {isNarrowed && <a href={place.path}>Clear</a>}
    </form>
  );
}

function Input(
  { field, value, apply }: {
    field: Field;
    value: string;
    apply: ((form: HTMLFormElement) => void) | undefined;
  },
) {
  if (field.kind === "text") {
    // By its beginning alone: what somebody is writing stays when the list is drawn anew.
    return (
      <input
        key={value}
        type="search"
        name={field.name}
        defaultValue={value}
        placeholder={field.hint}
      />
    );
  }
  // One who came with a value that is not offered keeps it.
  const offered = value === "" || field.of.includes(value) ? field.of : [value, ...field.of];
  return (
    <select name={field.name} onChange={(event) => apply?.(event.currentTarget.form!)}>
      <option value="">{field.any}</option>
      {offered.map((name) => (
        <option key={name} value={name} selected={name === value}>
          {field.words?.[name] ?? name.replaceAll("_", " ")}
        </option>
      ))}
    </select>
  );
}
