// How somebody has runs started for times of the past: first which times those are, then the runs.

import { useState } from "preact/hooks";
import { useAround } from "../context.ts";
import type { Fault } from "../page.ts";
import type { ScheduleRow } from "../replies.ts";
import { faultAtField, Field, NeedsScript } from "./form.tsx";
import { inZone } from "./time.ts";

interface Found {
  from: string;
  to: string;
  times: string[];
  had_runs: number;
}

export function Backfill({ of }: { of: ScheduleRow }) {
  const { act, ask } = useAround();
  const [fault, setFault] = useState<Fault>();
  const [found, setFound] = useState<Found>();
  const path = `/schedules/${of.id}/backfill`;
  const look = async (event: SubmitEvent) => {
    event.preventDefault();
    setFault(undefined);
    setFound(undefined);
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const from = momentOf(form.get("from"));
    const to = momentOf(form.get("to"));
    try {
      const reply = await ask!<Found>("POST", path, { from, to, dry_run: true });
      setFound({ ...reply, from, to });
    } catch (thrown) {
      setFault(thrown as Fault);
    }
  };
  const start = async () => {
    const { from, to, times } = found!;
    const done = `${times.length} runs of ${of.name} have begun`;
    const reply = await act!({ method: "POST", path, body: { from, to }, done, refused: setFault });
    if (reply) setFound(undefined);
  };
  const refused = fault && faultAtField(fault);
  const at = (name: string) => refused?.path === name ? refused.rule : undefined;
  return (
    <>
      <p class="note">
        Starts runs for times of the past that have had none. The preview starts nothing: it lists
        those times, and the runs begin once you confirm it.
      </p>
      <form class="row" onSubmit={look} noValidate aria-label="Backfill">
        {(["from", "to"] as const).map((name) => (
          <Field
            key={name}
            form="backfill"
            name={name}
            label={name === "from" ? "From (UTC)" : "To (UTC)"}
            isRequired
            fault={at(name)}
            control={(given) => <input {...given} type="datetime-local" />}
          />
        ))}
        <button type="submit" disabled={!ask}>Preview</button>
        <NeedsScript what="Starting runs for past times" />
      </form>
      {fault && !at("from") && !at("to") && (
        <p class="refused" role="alert">Nothing was started: {fault.message}</p>
      )}
      {found && <Times of={found} timezone={of.timezone} onStart={() => void start()} />}
    </>
  );
}

function Times(
  { of: { times, had_runs }, timezone, onStart }: {
    of: Found;
    timezone: string;
    onStart(): void;
  },
) {
  const known = had_runs > 0 && ` ${had_runs} more have had theirs.`;
  if (times.length === 0) return <p role="status">No time there is without a run.{known}</p>;
  return (
    <section aria-label="Times of the past">
      <p role="status">
        {times.length === 1 ? "One time has" : `${times.length} times have`} no run yet.{known}
      </p>
      <ol class="times">
        {times.map((time) => <li key={time}>{inZone(Date.parse(time), timezone)}</li>)}
      </ol>
      <button type="button" class="main" onClick={onStart}>
        Start {times.length === 1 ? "one run" : `${times.length} runs`}
      </button>
    </section>
  );
}

/** What a field of date and time holds, as a moment; what it does not hold is refused by the daemon. */
function momentOf(value: FormDataEntryValue | null): string {
  if (typeof value !== "string" || value === "") return "";
  return value.length > "2026-01-31T12:00".length ? `${value}Z` : `${value}:00Z`;
}
