// How two versions of a template are compared: what differs, step by step and line by line.

import { textOf } from "../define-text.ts";
import { hrefTo } from "../find.ts";
import type { Get, Place } from "../page.ts";
import type { TemplateDiff, TemplateRow } from "../replies.ts";
import { DiffView } from "./diff-view.tsx";
import { SideBySide } from "./side-by-side.tsx";

export interface Compared {
  diff: TemplateDiff;
  other: TemplateRow;
}

/** With the version that was asked for, else with the one before; undefined when there is no other. */
export async function comparedWith(
  get: Get,
  { path, shown, all, against }: {
    path: string;
    shown: TemplateRow;
    all: readonly string[];
    against: string | null;
  },
): Promise<Compared | undefined> {
  const before = all[all.indexOf(shown.version) + 1];
  const version = against ?? before ?? all.find((one) => one !== shown.version);
  if (version === undefined) return undefined;
  const [{ diff }, other] = await Promise.all([
    get<{ diff: TemplateDiff }>(
      hrefTo(`${path}/diff`, {}, { from: version, to: shown.version }),
    ),
    get<TemplateRow>(`${path}/versions/${encodeURIComponent(version)}`),
  ]);
  return { diff, other };
}

export function Compare(
  { place, of, shown, versions }: {
    place: Place;
    of: Compared | undefined;
    shown: TemplateRow;
    versions: readonly string[];
  },
) {
  if (!of) {
    return (
      <div class="empty">
        <p>There is no other version.</p>
      </div>
    );
  }
  const others = versions.filter((version) => version !== shown.version);
  const at = (against: string) =>
    hrefTo(place.path, {}, { version: shown.version, tab: "compare", against });
  return (
    <>
      <p>
        {shown.version} compared with{" "}
        <span class="versions">
          {others.map((version) => (
            <a
              key={version}
              href={at(version)}
              aria-current={version === of.other.version ? "true" : undefined}
            >
              {version}
            </a>
          ))}
        </span>
      </p>
      <DiffView of={of.diff} />
      <SideBySide
        old={textOf(of.other)}
        now={textOf(shown)}
        labels={[of.other.version, shown.version]}
      />
    </>
  );
}
