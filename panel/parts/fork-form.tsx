// How somebody has a run done again from one of its steps, with other params if they want.

import { useState } from "preact/hooks";
import { useAround } from "../context.ts";
import { objectIn } from "../exact-json.ts";
import type { Fault } from "../page.ts";
import type { StatusReply } from "../replies.ts";
import { faultAtField, Field, NeedsScript } from "./form.tsx";
import { runHref } from "./runs.tsx";

/** What somebody has filled in, and the run that it asks for. */
function useFork(run: StatusReply, steps: readonly string[]) {
  const { act, go } = useAround();
  const [from, setFrom] = useState(failedOf(run) ?? steps[0] ?? "");
  const [params, setParams] = useState("");
  const [newest, setNewest] = useState(false);
  const [fault, setFault] = useState<{ path: string | undefined; rule: string }>();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const given = params.trim() === "" ? undefined : objectIn(params);
    if (params.trim() !== "" && given === undefined) {
      setFault({ path: "params", rule: "must be a JSON object" });
      return;
    }
    setFault(undefined);
    const made = await act!({
      method: "POST",
      path: `/runs/${run.workflow_id}/fork`,
      body: {
        agent_id: run.agent_id,
        from_step: from,
        ...(given && { params: given }),
        ...(newest && { version: "latest" }),
        wait_ms: 0,
      },
      done: `Another run goes on from ${from}`,
      refused: (refusal: Fault) => setFault(faultAtField(refusal)),
    }) as { workflow_id: string } | undefined;
    if (made) go?.(runHref(made.workflow_id));
  };
  return { from, setFrom, params, setParams, newest, setNewest, fault, submit };
}

/** Where somebody most likely wants to begin. */
function failedOf(run: StatusReply): string | undefined {
  return Object.values(run.steps)
    .find(({ status, step_id }) => status === "failed" && !step_id.includes("."))?.step_id;
}

export function ForkForm({ run }: { run: StatusReply }) {
  const { act } = useAround();
  const steps = Object.keys(run.steps).filter((id) => !id.includes("."));
  const { from, setFrom, params, setParams, newest, setNewest, fault, submit } = useFork(
    run,
    steps,
  );
  const at = (path: string) => fault?.path?.split(".")[0] === path ? fault.rule : undefined;
  return (
    <form class="form" onSubmit={submit} noValidate aria-label="Go on from a step">
      <p class="note">
        Makes another run. It keeps what was done before the step; the step and all that follows
        from it is done again. This run stays as it is.
      </p>
      <FromStep {...{ steps, from, setFrom }} fault={at("from_step")} />
      <Field
        form="fork"
        name="params"
        label="Other params"
        hint="All of them, as a JSON object; empty: those of this run."
        fault={at("params")}
        control={(given) => (
          <textarea
            {...given}
            rows={4}
            spellcheck={false}
            value={params}
            onInput={(event) => setParams(event.currentTarget.value)}
          />
        )}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={newest}
          onChange={(event) => setNewest(event.currentTarget.checked)}
        />{" "}
        By the newest version of the template, not by {run.template_version}
      </label>
      {fault && !at("from_step") && !at("params") && (
        <p class="refused" role="alert">Nothing was started: {fault.rule}</p>
      )}
      <div class="options">
        <button type="submit" class="main" disabled={!act || from === ""}>Go on from there</button>
      </div>
      <NeedsScript what="Going on from a step" />
    </form>
  );
}

interface FromStepProps {
  steps: readonly string[];
  from: string;
  setFrom(id: string): void;
  fault: string | undefined;
}

function FromStep({ steps, from, setFrom, fault }: FromStepProps) {
  return (
    <Field
      form="fork"
      name="from_step"
      label="From the step"
      fault={fault}
      control={(given) => (
        <select
          {...given}
          onChange={(event) => setFrom(event.currentTarget.value)}
        >
          {steps.map((id) => <option key={id} value={id} selected={id === from}>{id}</option>)}
        </select>
      )}
    />
  );
}
