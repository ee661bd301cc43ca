// What stands in place of a page that cannot be shown.

import type { Fault } from "../page.ts";
import type { ErrorObject } from "../replies.ts";
import { ErrorBox } from "./fault.tsx";

export function FaultView({ of }: { of: Fault }) {
  const { code, message, details } = of;
  return (
    <>
      <ErrorBox error={{ code, message, details } as unknown as ErrorObject} />
      <p>
        <a href="/">To the dashboard</a>
      </p>
    </>
  );
}
