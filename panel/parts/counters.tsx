// How the daemon's counters look: a number with a way to what it counts, and the last hour as bars.

import { hrefTo } from "../find.ts";
import type { Stats } from "../replies.ts";

export function Counters({ stats }: { stats: Stats }) {
  const { runs } = stats;
  const of = (status: string) => hrefTo("/workflows", {}, { status });
  const counters: [name: string, count: number, href: string][] = [
    ["Active", runs.active, of("active")],
    ["Suspended", runs.suspended, of("suspended")],
    ["Failed", runs.failed, of("failed")],
    ["Completed today", stats.completed_today, of("completed")],
    ["Decisions pending", stats.pending_decisions, "/decisions"],
  ];
  return (
    <div class="counters">
      <ul>
        {counters.map(([name, count, href]) => (
          <li key={name}>
            <a href={href}>
              <b>{count.toLocaleString("en")}</b> <span>{name}</span>
            </a>
          </li>
        ))}
      </ul>
      <LastHour minutes={stats.minutes} />
    </div>
  );
}

const HEIGHT = 32;
const WIDTH = 4;

/** A bar a minute: runs that began, and below them in another colour those that failed. */
function LastHour({ minutes }: Pick<Stats, "minutes">) {
  const most = Math.max(1, ...minutes.map(({ started, failed }) => Math.max(started, failed)));
  const sum = (key: "started" | "failed") =>
    minutes.reduce((total, minute) => total + minute[key], 0);
  const started = sum("started");
  const said = `Last hour: ${started} ${started === 1 ? "run" : "runs"} began, ${
    sum("failed")
  } failed`;
  const bars = (key: "started" | "failed") =>
    minutes.map((minute, at) => {
      const height = Math.ceil(HEIGHT * minute[key] / most);
      return height === 0 ? null : (
        <rect
          key={minute.at}
          class={key}
          x={at * WIDTH}
          y={HEIGHT - height}
          width={WIDTH - 1}
          height={height}
        />
      );
    });
  return (
    <figure class="hour">
      <svg
        viewBox={`0 0 ${minutes.length * WIDTH} ${HEIGHT}`}
        width={minutes.length * WIDTH}
        height={HEIGHT}
        role="img"
        aria-label={said}
      >
        <line x1="0" x2={minutes.length * WIDTH} y1={HEIGHT} y2={HEIGHT} />
        {bars("started")}
        {bars("failed")}
      </svg>
      <figcaption>{said}</figcaption>
    </figure>
  );
}
