// What stands in place of a page that cannot be shown.

import type { Fault, Place } from "../page.ts";
import type { ErrorObject } from "../replies.ts";
import { hasViews } from "../views.ts";
import { ErrorBox } from "./fault.tsx";
import { narrowedBy } from "./filters.tsx";
import { SavedViews } from "./saved-views.tsx";

export function FaultView({ of, place }: { of: Fault; place: Place }) {
  const { status, code, message, details } = of;
  // What the query asks for was refused: without it the page may be shown.
  const isAsked = status === 400 && place.query.size > 0;
  return (
    <>
      {/* A view that was kept once and is refused now is renamed or deleted here or nowhere. */}
      {isAsked && hasViews(place.path) && (
        <SavedViews
          path={place.path}
          filter={narrowedBy(place, [...place.query.keys()])}
          isRefused
        />
      )}
      <ErrorBox error={{ code, message, details } as unknown as ErrorObject} />
      <p class="listed">
        {isAsked && <a href={place.path}>Show the page without these filters</a>}
        <a href="/">Go to the dashboard</a>
      </p>
    </>
  );
}
