// How somebody starts a run of a template: with a field for each of its inputs.

import { useState } from "preact/hooks";
import { useAround } from "../context.ts";
import type { Fault } from "../page.ts";
import { faultsOf, fieldsOf, paramsOf } from "../params.ts";
import type { TemplateRow } from "../replies.ts";
import { faultAtField, Field, NeedsScript, useFocusOnFault } from "./form.tsx";
import { ParamFields } from "./param-fields.tsx";
import { runHref } from "./runs.tsx";

interface Refused {
  /** By the param's name. */
  faults: Record<string, string>;
  /** What is wrong elsewhere. */
  fault?: Fault;
}

/** What somebody has filled in, and the run that it asks for. */
function useRun(of: TemplateRow) {
  const { act, go } = useAround();
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [agent, setAgent] = useState(of.agent_id);
  const [delay, setDelay] = useState("");
  const [refused, setRefused] = useState<Refused>({ faults: {} });
  const fields = fieldsOf(of);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const made = paramsOf(fields, texts);
    setRefused({ faults: made.faults });
    if (Object.keys(made.faults).length > 0) return;
    const later = delay.trim();
    const { name: template_name, version } = of;
    const begun = await act!({
      method: "POST",
      path: "/runs",
      body: {
        ...{ template_name, version, agent_id: agent, params: made.params },
        ...(later !== "" && { delay: later }),
      },
      done: later === "" ? "It runs" : "It will run",
      refused: (fault) => {
        const faults = faultsOf(fault, fields);
        setRefused({ faults, ...(Object.keys(faults).length === 0 && { fault }) });
      },
    }) as { workflow_id: string } | undefined;
    if (begun) go?.(runHref(begun.workflow_id));
  };
  const setText = (name: string, text: string) =>
    setTexts((before) => ({ ...before, [name]: text }));
  return { fields, texts, setText, agent, setAgent, delay, setDelay, refused, submit };
}

export function RunForm({ of }: { of: TemplateRow }) {
  const { act } = useAround();
  const { fields, texts, setText, agent, setAgent, delay, setDelay, refused, submit } = useRun(of);
  const { faults, fault } = refused;
  const form = useFocusOnFault(refused);
  const at = (path: string) => {
    const found = fault && faultAtField(fault);
    return found?.path === path ? found.rule : undefined;
  };
  return (
    <form ref={form} class="form" onSubmit={submit} noValidate aria-label="Run">
      <ParamFields form="param" {...{ fields, texts, faults }} onText={setText} />
      <Field
        form="run"
        name="agent_id"
        label="Agent"
        fault={at("agent_id")}
        control={(given) => (
          <input
            {...given}
            value={agent}
            onInput={(event) => setAgent(event.currentTarget.value)}
          />
        )}
      />
      <Field
        form="run"
        name="delay"
        label="Begins later"
        hint="As 90s, 10m or 2h; empty: now."
        fault={at("delay")}
        control={(given) => (
          <input
            {...given}
            value={delay}
            onInput={(event) => setDelay(event.currentTarget.value)}
          />
        )}
      />
      {fault && !at("agent_id") && !at("delay") && (
        <p class="refused" role="alert">Nothing was started: {fault.message}</p>
      )}
      <div class="options">
        <button type="submit" class="main" disabled={!act}>Run {of.version}</button>
      </div>
      <NeedsScript what="Starting a run" />
    </form>
  );
}
