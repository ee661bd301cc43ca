// How test runs are shown: a line a file, whole failures, and the runner's summary at the end.

import { relative } from "node:path";
import { inspect } from "node:util";
import type { TestEvent } from "node:test/reporters";

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const failures: string[] = [];
  const perFile = new Map<string, { passed: number; failed: number; ms: number }>();
  for await (const { type, data } of source as AsyncIterable<{ type: string; data: any }>) {
    if ((type === "test:pass" || type === "test:fail") && data.details?.type !== "suite") {
      const file = data.file ? relative(process.cwd(), data.file) : "";
      const counts = perFile.get(file) ?? { passed: 0, failed: 0, ms: 0 };
      perFile.set(file, counts);
      counts[type === "test:pass" ? "passed" : "failed"]++;
      if (data.nesting === 0) counts.ms += data.details?.duration_ms ?? 0;
      if (type === "test:fail") {
        const cause = data.details?.error?.cause ?? data.details?.error;
        const text = `✖ ${file}: ${data.name}\n${inspect(cause)}\n\n`;
        failures.push(text);
        yield text;
      }
    } else if (type === "test:summary" && data.file) {
      const file = relative(process.cwd(), data.file);
      const { passed, failed } = data.counts;
      yield `${failed > 0 ? "✖" : "✔"} ${file} (${passed} passed${
        failed > 0 ? `, ${failed} failed` : ""
      }, ${Math.round(data.duration_ms)} ms)\n`;
    } else if (type === "test:summary") {
      if (failures.length > 0) yield `\n${failures.length} failures:\n\n${failures.join("")}`;
      const { counts } = data;
      for (const name of ["tests", "suites", "passed", "failed", "cancelled", "skipped", "todo"]) {
        const label = name === "passed" ? "pass" : name === "failed" ? "fail" : name;
        yield `ℹ ${label} ${counts[name]}\n`;
      }
      yield `ℹ duration_ms ${data.duration_ms}\n`;
    } else if (type === "test:stderr" || type === "test:stdout") {
      yield data.message;
    }
  }
}
