// What stands in place of a page that cannot be shown.

import type { Fault, Place } from "../page.ts";
import type { ErrorObject } from "../replies.ts";
import { ErrorBox } from "./fault.tsx";

export function FaultView({ of, place }: { of: Fault; place: Place }) {
  const { status, code, message, details } = of;
  // What the query asks for was refused: without it the page may be shown.
  const isAsked = status === 400 && place.query.size > 0;
  return (
    <>
      <ErrorBox error={{ code, message, details } as unknown as ErrorObject} />
      <p class="listed">
        {isAsked && <a href={place.path}>Show the page without these filters</a>}
        <a href="/">Go to the dashboard</a>
      </p>
    </>
  );
}
