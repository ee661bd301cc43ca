// What the process, its doors and its files tell of themselves in numbers.

import type { Histogram, Metrics } from "../core/metrics.ts";
import type { StorePlace } from "../engine/store/place.ts";
import type { HeldPlaces } from "./held.ts";

/** Upper ends of ranges, s. */
const LAG_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/** How late the event loop comes to what is due, looked at every 10 ms while there is work. */
export function loopLag(metrics: Metrics): Histogram {
  return metrics.histogram({
    name: "opcode_event_loop_lag_seconds",
    help: "How late the event loop came to what was due, looked at while there is work.",
  }, LAG_SECONDS);
}

interface Told {
  version: string;
  place: StorePlace;
  held: HeldPlaces;
  /** MCP sessions that are held. */
  sessions: () => number;
  healthy: () => boolean;
}

/** All of it, once. */
export function tellOfDaemon(metrics: Metrics, told: Told): void {
  tellOfDoors(metrics, told);
  tellOfFiles(metrics, told.place);
  tellOfProcess(metrics, told.version);
}

function tellOfProcess(metrics: Metrics, version: string): void {
  metrics.readings({
    name: "opcode_build_info",
    help: "The version that runs; always 1.",
    label: "version",
    values: [version],
  }, () => Promise.resolve({ [version]: 1 }));
  const reading = (name: string, help: string, read: () => number) =>
    metrics.reading({ name, help, ...(name.endsWith("_total") && { type: "counter" }) }, read);
  reading("process_resident_memory_bytes", "Memory that the process has.", () => {
    return process.memoryUsage.rss();
  });
  reading("opcode_heap_bytes", "Heap of the main thread that is in use.", () => {
    return process.memoryUsage().heapUsed;
  });
  reading("process_cpu_seconds_total", "Processor time of all threads, user and system.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  const startedAt = Date.now() / 1_000 - process.uptime();
  reading("process_start_time_seconds", "When the process began, since 1970.", () => startedAt);
}

function tellOfDoors(metrics: Metrics, { held, sessions, healthy }: Told): void {
  metrics.reading({
    name: "opcode_healthy",
    help: "1 while /healthz answers ok.",
  }, () => (healthy() ? 1 : 0));
  metrics.reading({ name: "opcode_mcp_sessions", help: "MCP sessions that are held." }, sessions);
  metrics.reading({
    name: "opcode_streams",
    help: "Open streams: of events, and of MCP clients.",
  }, () => held.streams.count);
  metrics.reading({
    name: "opcode_waiting_calls",
    help: "Calls that wait for a run to end or pause.",
  }, () => held.waits.count);
}

function tellOfFiles(metrics: Metrics, place: StorePlace): void {
  metrics.reading({
    name: "opcode_store_bytes",
    help: "The database's file, without its log.",
  }, async () => (await place.sizes())?.data ?? null);
  metrics.reading({
    name: "opcode_wal_bytes",
    help: "The log of commits that is not moved into the database yet.",
  }, async () => (await place.sizes())?.log ?? null);
}
