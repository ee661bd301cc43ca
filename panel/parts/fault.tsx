// How an error looks: what happened, where, and what would help.

import type { ComponentChildren } from "preact";
import type { ErrorObject } from "../replies.ts";
import { JsonTree } from "./json-tree.tsx";
import { Said } from "./marks.tsx";

/** `children`: what may be done about it. */
export function ErrorBox(
  { error, title, children }: {
    error: ErrorObject;
    title?: string;
    children?: ComponentChildren;
  },
) {
  const details = error.details && Object.keys(error.details).length > 0
    ? error.details
    : undefined;
  return (
    <section class="error" role="alert">
      <p>
        {title && <strong>{title}</strong>}
        <code>{error.code}</code> {error.step_id && (
          <>
            at{" "}
            <code>
              <bdi>{error.step_id}</bdi>
            </code>
          </>
        )}
      </p>
      <p class="message">
        <Said text={error.message} most={1_000} />
      </p>
      {details && (
        <details>
          <summary>Details</summary>
          <JsonTree value={details} />
        </details>
      )}
      {children}
    </section>
  );
}
