// What `opcode doctor` does: looks at all that a daemon needs here, and says what is wrong and what mends it.

import { examine } from "../doctor/examine.ts";
import type { Level } from "../doctor/finding.ts";
import { counted } from "../counted.ts";
import { printJson, printLine, visible } from "../print.ts";
import { VERSION } from "../version.ts";

const MARKS: Record<Level, string> = { ok: "✓", note: "·", warning: "!", fault: "✗" };

/** Returns 1 when something does not work or is not safe, else 0. */
export async function doctor(flags: { json?: boolean }): Promise<number> {
  const findings = await examine(process.env, Date.now());
  const faults = findings.filter(({ level }) => level === "fault").length;
  const warnings = findings.filter(({ level }) => level === "warning").length;
  if (flags.json) {
    printJson({ version: VERSION, ok: faults === 0, findings });
    return faults === 0 ? 0 : 1;
  }
  const width = Math.max(...findings.map(({ name }) => name.length));
  const indent = " ".repeat(width + 4);
  for (const { name, level, text, remedy } of findings) {
    // A text of the settings may have several lines.
    const lines = text.split("\n").map(visible).join(`\n${indent}`);
    printLine(`${MARKS[level]} ${name.padEnd(width)}  ${lines}`);
    if (remedy !== undefined) printLine(`${indent}→ ${visible(remedy)}`);
  }
  printLine("");
  printLine(
    faults + warnings === 0
      ? "all is well"
      : [counted(faults, "fault"), counted(warnings, "warning")].join(", "),
  );
  return faults === 0 ? 0 : 1;
}
