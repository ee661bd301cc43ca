// How test runs are shown: a line a file, every failure, and the runner's own summary at the end.

import { relative } from "node:path";
import { spec, type TestEvent } from "node:test/reporters";

/** Node's `spec` reporter without the passing tests; those are counted in the line of their file. */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const rest = new spec();
  for await (const event of source) {
    if (event.type === "test:summary" && event.data.file !== undefined) {
      yield fileLine(event.data.file, event.data);
    } else if (!UNSHOWN.has(event.type)) {
      rest.write(event);
      yield String(rest.read() ?? "");
    }
  }
  rest.end();
  for await (const text of rest) yield String(text);
}

/** Without their `test:start` events `spec` cannot indent failures, and does not try to. */
const UNSHOWN: ReadonlySet<string> = new Set(["test:start", "test:pass"]);

function fileLine(
  path: string,
  summary: { success: boolean; counts: { tests: number }; duration_ms: number },
): string {
  const mark = summary.success ? "✔" : "✖";
  const time = `${Math.round(summary.duration_ms)} ms`;
  return `${mark} ${relative(process.cwd(), path)} (${summary.counts.tests} tests, ${time})\n`;
}
