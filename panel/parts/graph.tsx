// How the picture of a workflow stands in a page: as the daemon has drawn it.

export function Graph({ of }: { of: { svg: string } | { reason: string } }) {
  if ("reason" in of) return <p class="note">No picture: {of.reason}</p>;
  return (
    <figure class="graph">
      {/* Drawn by the daemon, which escapes every text in it. */}
      <div dangerouslySetInnerHTML={{ __html: of.svg.replace(/^[^]*?(?=<svg)/, "") }} />
    </figure>
  );
}
