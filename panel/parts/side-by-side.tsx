// How two versions stand side by side, line by line, with those that differ marked.

import { linePairs } from "../line-diff.ts";

/** Lines around what differs that are shown. */
const AROUND = 3;

export function SideBySide(
  { old, now, labels }: { old: string; now: string; labels: [old: string, now: string] },
) {
  const pairs = linePairs(old, now);
  const isNear = nearChanges(pairs.map(({ isSame }) => !isSame));
  if (pairs.every(({ isSame }) => isSame)) return <p class="note">They are the same.</p>;
  return (
    <>
      <p class="note narrow">A wider screen shows both versions side by side.</p>
      <div
        class="sheet wide"
        tabIndex={0}
        role="region"
        aria-label={`${labels[0]} beside ${labels[1]}`}
      >
        <table class="side-by-side">
          <thead>
            <tr>
              {labels.map((label) => <th key={label} scope="col">{label}</th>)}
            </tr>
          </thead>
          <tbody>
            {pairs.map((pair, at) => {
              if (!isNear[at]) {
                return isNear[at - 1] || at === 0
                  ? (
                    <tr key={at}>
                      <td colSpan={2} class="none">…</td>
                    </tr>
                  )
                  : null;
              }
              return (
                <tr key={at} class={pair.isSame ? undefined : "differs"}>
                  <td class={pair.old === undefined ? undefined : "old"}>{pair.old}</td>
                  <td class={pair.now === undefined ? undefined : "new"}>{pair.now}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

function nearChanges(changes: readonly boolean[]): boolean[] {
  const near = changes.map(() => false);
  for (const [at, isChange] of changes.entries()) {
    if (isChange) near.fill(true, Math.max(0, at - AROUND), at + AROUND + 1);
  }
  return near;
}
