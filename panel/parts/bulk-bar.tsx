// What may be done with runs that are chosen: those that are shown, or all that the filter of the list fits.

import { useState } from "preact/hooks";
import { useAround } from "../context.ts";
import { hrefTo } from "../find.ts";
import type { Fault } from "../page.ts";
import { type Bulk, BulkDialog } from "./bulk-dialog.tsx";
import type { Selection } from "./selection.ts";

/** All that fit, as they were counted. */
interface Fitting {
  total: number;
  isLeast: boolean;
  /** What began later is not among them. */
  until: string;
  /** Of the selection: whoever changes it means those again that are shown. */
  changes: number;
}

export interface BulkBarProps {
  selection: Selection;
  /** What the list is narrowed by. */
  filter: Readonly<Record<string, string>>;
  /** Whether the list has more than is shown. */
  hasMore: boolean;
}

export function BulkBar({ selection, filter, hasMore }: BulkBarProps) {
  const { ask, now } = useAround();
  const [counted, setCounted] = useState<Fitting>();
  const [refused, setRefused] = useState<string>();
  const [bulk, setBulk] = useState<Bulk>();
  const { chosen, changes } = selection;
  const fitting = counted?.changes === changes ? counted : undefined;
  if (chosen.length === 0 && !bulk) return null;
  const countAll = async () => {
    const until = new Date(now()).toISOString();
    const path = hrefTo("/runs", {}, { ...filter, until, total: "true", limit: "1" });
    try {
      const { total, total_at_least } = await ask!<Counted>("GET", path);
      setCounted({ total, isLeast: total_at_least === true, until, changes });
      setRefused(undefined);
    } catch (thrown) {
      setRefused((thrown as Fault).message);
    }
  };
  const begin = (action: Bulk["action"]) =>
    setBulk({
      action,
      of: fitting ? { filter: { ...filter, until: fitting.until } } : { workflow_ids: [...chosen] },
      among: saidOf(chosen.length, fitting),
    });
  const end = () => {
    setBulk(undefined);
    setRefused(undefined);
    selection.all(false);
  };
  return (
    <>
      <div class="bulk actions" role="group" aria-label="Selected runs">
        <span role="status">{saidOf(chosen.length, fitting)}</span>
        <button type="button" onClick={() => begin("cancel")}>Cancel runs</button>
        <button type="button" onClick={() => begin("retry")}>Retry runs</button>
        {hasMore && !fitting && (
          <button type="button" onClick={() => void countAll()}>Select all that match</button>
        )}
        <button type="button" onClick={end}>Clear selection</button>
        {refused && <span class="refused">Not counted: {refused}</span>}
      </div>
      {bulk && <BulkDialog bulk={bulk} onLeave={() => setBulk(undefined)} onDone={end} />}
    </>
  );
}

interface Counted {
  total: number;
  total_at_least?: true;
}

function saidOf(chosen: number, fitting: Fitting | undefined): string {
  if (!fitting) return `${chosen} selected`;
  const total = fitting.total.toLocaleString("en");
  return fitting.isLeast ? `All that match: more than ${total}` : `All ${total} that match`;
}
