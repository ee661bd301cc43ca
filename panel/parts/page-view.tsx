// How a page looks with what its address asks of it, and what of that it does not know.

import type { AnyPage, Place } from "../page.ts";
import { Said } from "./marks.tsx";

export function PageView({ page, place, data }: { page: AnyPage; place: Place; data: unknown }) {
  const { View } = page;
  return (
    <>
      <Unknown place={place} asks={page.asks} />
      <View key={page.path} data={data} place={place} />
    </>
  );
}

/** What would be passed over in silence. */
function Unknown({ place: { query }, asks }: { place: Place; asks: readonly string[] }) {
  const names = [...new Set(query.keys())];
  const unknown = names.filter((name) => !asks.includes(name));
  const twice = names.filter((name) => asks.includes(name) && query.getAll(name).length > 1);
  const known = asks.filter((name) => name !== "cursor");
  return (
    <>
      {unknown.map((name) => (
        <p key={name} class="warning" role="status">
          Ignored: this page has no filter{" "}
          <code>
            <Said text={name} most={60} />
          </code>.{known.length > 0 && ` It takes ${known.join(", ")}.`}
        </p>
      ))}
      {twice.map((name) => (
        <p key={name} class="warning" role="status">
          <code>{name}</code> stands {query.getAll(name).length}{" "}
          times in the address: the first one is used.
        </p>
      ))}
    </>
  );
}

/** A value that the address asks for, and that is none of those there are. */
export function UnknownValue(
  { value, name, known }: { value: string; name: string; known: readonly string[] },
) {
  return (
    <p class="warning" role="status">
      Ignored: there is no{" "}
      <code>
        {name}=<Said text={value} most={60} />
      </code>. It may be {known.join(", ")}; this is {known[0]}.
    </p>
  );
}
