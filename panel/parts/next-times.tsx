// How the times to come look: in the zone of the schedule, in that of whoever looks, and how far away.

import { useEffect, useState } from "preact/hooks";
import { useAround } from "../context.ts";
import { hrefTo } from "../find.ts";
import { Fault } from "../page.ts";
import { When } from "./marks.tsx";
import { type Column, Table } from "./table.tsx";
import { inZone } from "./time.ts";

export function NextTimes({ times, timezone }: { times: readonly string[]; timezone: string }) {
  const { zone } = useAround();
  const here = zone ?? "UTC";
  const columns: Column<string>[] = [
    { head: `In ${timezone}`, cell: (at) => <InZone at={at} zone={timezone} /> },
    ...(here === timezone ? [] : [{
      head: zone === undefined ? "In UTC" : `Here (${here})`,
      cell: (at: string) => <InZone at={at} zone={here} />,
    }]),
    { head: "", cell: (at) => <When at={at} />, end: true },
  ];
  return (
    <Table
      label="Next times"
      columns={columns}
      rows={times}
      keyOf={(at) => at}
      empty={<p>No time comes.</p>}
    />
  );
}

/** The day and the time of day, each in one line. */
function InZone({ at, zone }: { at: string; zone: string }) {
  const [weekday, date, ...time] = inZone(Date.parse(at), zone).split(" ");
  return (
    <>
      <span class="whole">{weekday} {date}</span> <span class="whole">{time.join(" ")}</span>
    </>
  );
}

/** From the last key to the question, ms. */
const REST_MS = 250;

type Asked = { next_times: string[] } | { refused: string } | undefined;

/** The same of an expression while it is written. */
export function TimesOfCron({ cron, timezone }: { cron: string; timezone: string }) {
  const { ask, later } = useAround();
  const [found, setFound] = useState<Asked>();
  useEffect(() => {
    if (!ask || !later || cron.trim() === "") return setFound(undefined);
    let isWanted = true;
    const path = hrefTo("/cron", {}, { cron, timezone });
    const cancel = later(REST_MS, () => {
      ask<{ next_times: string[] }>("GET", path).then(
        (reply) => isWanted && setFound(reply),
        (thrown) => {
          if (!(thrown instanceof Fault)) throw thrown;
          if (isWanted) setFound({ refused: thrown.message });
        },
      );
    });
    return () => {
      isWanted = false;
      cancel();
    };
  }, [ask !== undefined, cron, timezone]);
  if (!found) return null;
  if ("refused" in found) return <p class="note">{found.refused}</p>;
  return <NextTimes times={found.next_times} timezone={timezone || "UTC"} />;
}
