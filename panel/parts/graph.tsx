// How the picture of a workflow stands in a page: as the daemon has drawn it.

import type { Get } from "../page.ts";

/** The drawing, or why there is none. */
export type Drawing = { svg: string } | { reason: string };

/** `path`: of the route that draws. */
export async function drawingOf(get: Get, path: string): Promise<Drawing> {
  try {
    return { svg: (await get<{ diagram: string }>(path)).diagram };
  } catch (thrown) {
    return { reason: (thrown as Error).message };
  }
}

export function Graph({ of }: { of: Drawing }) {
  if ("reason" in of) return <p class="note">No picture: {of.reason}</p>;
  return (
    <figure class="graph">
      {/* Drawn by the daemon, which escapes every text in it. */}
      <div dangerouslySetInnerHTML={{ __html: of.svg.replace(/^[^]*?(?=<svg)/, "") }} />
    </figure>
  );
}
