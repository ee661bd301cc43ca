// How it is told what came of something that was done to many runs: how many, and of each other one why not.

import type { BulkReply } from "../replies.ts";
import { Said, shortId } from "./marks.tsx";
import { runHref } from "./runs.tsx";

/** `did`: what was done, as `cancelled`. */
export function BulkReport({ of, did }: { of: BulkReply; did: string }) {
  const { done = 0, count, refused = [], refused_count = 0, still_failed = [], left_out = [] } = of;
  const are = (number: number) =>
    number === 1 ? "1 run is" : `${number.toLocaleString("en")} runs are`;
  return (
    <>
      <p>
        <b>{are(done)} {did}</b>
        {done < count && ` of ${count.toLocaleString("en")}`}.
      </p>
      <Told
        title={`Refused: ${refused_count.toLocaleString("en")}${
          refused_count > refused.length ? `, of which the first ${refused.length}` : ""
        }`}
        of={refused.map(({ workflow_id, message }) => ({ id: workflow_id, text: message }))}
        isOpen
      />
      <Told
        title={`With other steps that failed and were not tried again: ${still_failed.length}`}
        of={still_failed.map(({ workflow_id, steps }) => ({
          id: workflow_id,
          text: steps.join(", "),
        }))}
      />
      <Told
        title={`Not among them: ${left_out.length}`}
        of={left_out.map(({ workflow_id, why }) => ({ id: workflow_id, text: why }))}
      />
    </>
  );
}

interface ToldProps {
  title: string;
  /** By run, what is to be said of it. */
  of: readonly { id: string; text: string }[];
  isOpen?: boolean;
}

export function Told({ title, of, isOpen = false }: ToldProps) {
  if (of.length === 0) return null;
  return (
    <details open={isOpen}>
      <summary>{title}</summary>
      <ul class="plain told">
        {of.map(({ id, text }) => (
          <li key={id}>
            <a href={runHref(id)} title={id}>{shortId(id)}</a> <Said text={text} most={300} />
          </li>
        ))}
      </ul>
    </details>
  );
}
