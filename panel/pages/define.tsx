// The page on which a template is written: its text with what is wrong at its line, what it changes, and its picture.

import { useState } from "preact/hooks";
import { useAround } from "../context.ts";
import { bodyOf, NEW_TEXT, textOf } from "../define-text.ts";
import type { Fault, Page, ViewProps } from "../page.ts";
import type { Written } from "../drafts.ts";
import { type Checked, useChecked } from "../parts/checked.ts";
import { DraftOffer } from "../parts/draft-offer.tsx";
import { DiffView } from "../parts/diff-view.tsx";
import { editorHelp } from "../parts/editor-help.ts";
import { useDraft } from "../parts/use-draft.ts";
import { faultAtField, Field, NeedsScript } from "../parts/form.tsx";
import { Graph } from "../parts/graph.tsx";
import { templateHref } from "../parts/runs.tsx";
import { SourceEditor } from "../parts/source-editor.tsx";
import type { TemplateRow } from "../replies.ts";

interface Data {
  /** The version that it begins as; absent: a new template. */
  from: { name: string; version: string; agent_id: string } | undefined;
  text: string;
}

export const define: Page<Data> = {
  path: "/define",
  asks: ["template", "version"],
  title: ({ from }) => from ? `Edit ${from.name}` : "New template",
  async load(get, { query }) {
    const name = query.get("template");
    if (name === null) return { from: undefined, text: NEW_TEXT };
    const path = `/templates/${encodeURIComponent(name)}`;
    const version = query.get("version");
    const row = await get<TemplateRow>(
      version === null ? path : `${path}/versions/${encodeURIComponent(version)}`,
    );
    const { agent_id } = row;
    return { from: { name: row.name, version: row.version, agent_id }, text: textOf(row) };
  },
  View: (props) => (
    <Define key={`${props.data.from?.name} ${props.data.from?.version}`} {...props} />
  ),
};

function Define({ data: { from, text: first } }: ViewProps<Data>) {
  const { act, ask, go } = useAround();
  const [stored] = useState<Written>({
    name: from?.name ?? "",
    agent_id: from?.agent_id ?? "panel",
    text: first,
  });
  const [written, setWritten] = useState(stored);
  const [isTaken, setTaken] = useState(false);
  const draft = useDraft({ template: from?.name, first: stored, written });
  const [refused, setRefused] = useState<Fault>();
  const checked = useChecked(written);
  const set = (member: keyof Written, value: string) => {
    setRefused(undefined);
    setWritten((before) => ({ ...before, [member]: value }));
  };
  const save = async () => {
    const { name, agent_id, text } = written;
    const reply = await act!({
      method: "POST",
      path: "/templates",
      body: bodyOf(text, { name, agent_id }),
      done: `${name} is saved`,
      refused: setRefused,
    }) as { name: string; version: string } | undefined;
    if (!reply) return;
    draft.stored();
    go?.(templateHref(reply.name, reply.version));
  };
  const takeUp = () => {
    const { name, agent_id, text } = draft.offered!;
    // A template that is there keeps its name.
    setWritten({ name: from?.name ?? name, agent_id, text });
    setTaken(true);
    draft.settle(true);
  };
  return (
    <div class="define">
      <div>
        <Head {...{ from, written, set }} fault={refused ?? checked?.fault} />
        <DraftOffer of={draft} onTake={takeUp} />
        <SourceEditor
          key={String(isTaken)}
          label="Template as JSON"
          text={written.text}
          issues={checked?.issues ?? NO_ISSUES}
          onText={(text) => set("text", text)}
          help={editorHelp(ask!)}
        />
        <NeedsScript what="Writing a template here" />
      </div>
      <Review {...{ from, written, checked }} onSave={() => void save()} />
    </div>
  );
}

const NO_ISSUES: Checked["issues"] = [];

interface HeadProps {
  from: Data["from"];
  written: Written;
  set(member: keyof Written, value: string): void;
  fault: Fault | undefined;
}

function Head({ from, written, set, fault }: HeadProps) {
  const refused = fault && faultAtField(fault);
  // What nobody has written yet is not wrong.
  const at = (member: "name" | "agent_id") =>
    refused?.path === member && written[member] !== "" ? refused.rule : undefined;
  const isElsewhere = fault && refused?.path !== "name" && refused?.path !== "agent_id";
  return (
    <>
      <div class="fields">
        <Field
          form="define"
          name="name"
          label="Name"
          isRequired
          fault={at("name")}
          control={(given) => (
            <input
              {...given}
              value={written.name}
              readOnly={from !== undefined}
              onInput={(event) => set("name", event.currentTarget.value)}
            />
          )}
        />
        <Field
          form="define"
          name="agent_id"
          label="Agent"
          isRequired
          fault={at("agent_id")}
          control={(given) => (
            <input
              {...given}
              value={written.agent_id}
              onInput={(event) => set("agent_id", event.currentTarget.value)}
            />
          )}
        />
      </div>
      {isElsewhere && (
        <p class="refused" role="alert">
          Nothing was saved, and your text is still here: {fault.message}
        </p>
      )}
    </>
  );
}

interface ReviewProps {
  from: Data["from"];
  written: Written;
  checked: Checked | undefined;
  onSave(): void;
}

/** What is shown before anything is stored. */
function Review({ from, written, checked, onSave }: ReviewProps) {
  const { act } = useAround();
  const report = checked?.report;
  const faults = checked?.issues.filter(({ severity }) => severity === "error").length ?? 0;
  const isLatest = checked !== undefined && checked.of.text === written.text &&
    checked.of.name === written.name && checked.of.agent_id === written.agent_id;
  const isNamed = written.name !== "";
  const isSound = isLatest && isNamed && report !== undefined && faults === 0 && !report.unchanged;
  const against = report?.diff?.against ?? undefined;
  const isOvertaken = from !== undefined && against !== undefined && against !== from.version;
  return (
    <aside aria-label="What would be saved">
      <p role="status" class={faults > 0 ? "refused" : "note"}>
        {saidOf({ written, checked, faults, isLatest })}
      </p>
      {isOvertaken && (
        <p class="warning">
          This began as {from.version}, and the latest is{" "}
          {against}: what is shown as a change is one of that.
        </p>
      )}
      <div class="options">
        <button type="button" class="main" disabled={!act || !isSound} onClick={onSave}>
          {report && isSound ? `Save as ${report.version}` : "Save"}
        </button>
        {from && <a class="button" href={templateHref(from.name, from.version)}>Back</a>}
      </div>
      {checked?.drawing && <Graph of={checked.drawing} />}
      {report?.diff && isNamed && faults === 0 && (
        <section aria-label="Changes">
          <h2>Changes</h2>
          <DiffView of={report.diff} />
        </section>
      )}
      {report?.schedules && (
        <section aria-label="Schedules">
          <h2>Schedules</h2>
          <ul class="plain">
            {report.schedules.map(({ name, change }) => (
              <li key={name}>
                <code>{name}</code> {change}
              </li>
            ))}
          </ul>
        </section>
      )}
    </aside>
  );
}

function saidOf(
  { written, checked, faults, isLatest }: {
    written: Written;
    checked: Checked | undefined;
    faults: number;
    isLatest: boolean;
  },
): string {
  if (!checked || !isLatest) return "Being checked …";
  if (faults > 0) {
    return `${faults === 1 ? "One fault" : `${faults} faults`}: nothing can be saved yet.`;
  }
  if (written.name === "") return "Give it a name.";
  if (!checked.report) return "It could not be checked.";
  const { unchanged, version } = checked.report;
  return unchanged ? `Same as ${version}.` : `Valid. Saving makes ${version}.`;
}
