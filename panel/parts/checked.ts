// What the daemon says of a template while it is written: its faults and their places, what it changes, its picture.

import { useEffect, useState } from "preact/hooks";
import { type Around, type Issue, useAround } from "../context.ts";
import { bodyOf, isObjectText, placeInText } from "../define-text.ts";
import type { Written } from "../drafts.ts";
import { parseExact } from "../exact-json.ts";
import { placeOf, segmentsOf, syntaxFault } from "../json-place.ts";
import { Fault } from "../page.ts";
import type { DryRunReply } from "../replies.ts";
import type { Drawing } from "./graph.tsx";

export interface Checked {
  /** What this was said of. */
  of: Written;
  issues: Issue[];
  /** What is wrong beside the text, as with the name. */
  fault?: Fault;
  report?: DryRunReply;
  /** Of the last text that could be drawn. */
  drawing?: Drawing;
}

/** As which a text is checked that nobody has named. */
const UNNAMED = "unnamed";
/** From the last key to the question, ms. */
const REST_MS = 350;

/** Of the latest that was checked; a later one that is being checked has not been told of yet. */
export function useChecked(written: Written): Checked | undefined {
  const { ask, later } = useAround();
  const [checked, setChecked] = useState<Checked>();
  const { name, agent_id, text } = written;
  useEffect(() => {
    if (!ask || !later) return;
    let isWanted = true;
    const cancel = later(checked ? REST_MS : 0, () => {
      void check({ name, agent_id, text }, ask).then((found) => {
        if (isWanted) setChecked((before) => ({ drawing: before?.drawing, ...found } as Checked));
      });
    });
    return () => {
      isWanted = false;
      cancel();
    };
  }, [ask !== undefined, name, agent_id, text]);
  return checked;
}

async function check(of: Written, ask: NonNullable<Around["ask"]>): Promise<Checked> {
  const { text, name, agent_id } = of;
  const broken = syntaxFault(text);
  if (broken) {
    const { at: from, message } = broken;
    const to = Math.min(text.length, from + 1);
    return { of, issues: [{ from, to, severity: "error", message }] };
  }
  if (!isObjectText(text)) {
    const message = "must be one JSON object with a definition";
    return { of, issues: [{ from: 0, to: text.length, severity: "error", message }] };
  }
  try {
    // What has no name yet is looked at as well.
    const body = bodyOf(text, { name: name || UNNAMED, agent_id, dry_run: true });
    const report = await ask<DryRunReply>("POST", "/templates", body);
    const { errors = [], warnings = [] } = report.report;
    const issues = [...errors, ...warnings].map(({ path, message, severity }): Issue => ({
      ...placeInText(text, path),
      severity,
      message: path === "/" ? message : `${path}: ${message}`,
    }));
    if (errors.length > 0) return { of, issues, report };
    return { of, issues, report, drawing: await drawn(text, ask) };
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    const path = typeof thrown.details.path === "string" ? thrown.details.path : "";
    if (["", "name", "agent_id", "body"].includes(path)) return { of, issues: [], fault: thrown };
    // This path is one of the request, whose members are those of the text.
    const place = placeOf(text, segmentsOf(path));
    return { of, issues: [{ ...place, severity: "error", message: thrown.message }] };
  }
}

async function drawn(text: string, ask: NonNullable<Around["ask"]>): Promise<Drawing> {
  const { definition } = parseExact(text) as { definition: unknown };
  try {
    const body = { definition, format: "svg" };
    return { svg: (await ask<{ diagram: string }>("POST", "/diagrams", body)).diagram };
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    return { reason: thrown.message };
  }
}
