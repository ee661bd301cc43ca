// How somebody gives a run the data that it waits for.

import { useState } from "preact/hooks";
import { useAround } from "../context.ts";
import { objectIn } from "../exact-json.ts";
import type { Fault } from "../page.ts";
import type { StatusReply } from "../replies.ts";
import { faultAtField, Field, NeedsScript } from "./form.tsx";

type Waiting = NonNullable<StatusReply["waiting_signals"]>[number];

export function DataForms({ run }: { run: StatusReply }) {
  const waiting = run.waiting_signals ?? [];
  return (
    <>
      {waiting.map((one) => <DataForm key={one.step_id} run={run.workflow_id} of={one} />)}
    </>
  );
}

function DataForm({ run, of }: { run: string; of: Waiting }) {
  const { act } = useAround();
  const [text, setText] = useState("");
  const [fault, setFault] = useState<string>();
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const data = text.trim() === "" ? {} : objectIn(text);
    setFault(data ? undefined : "must be a JSON object");
    if (!data) return;
    const sent = await act!({
      method: "POST",
      path: `/runs/${run}/signal`,
      body: { signal_type: "data", payload: { ...data, signal: of.signal }, wait_ms: 0 },
      done: `Sent ${of.signal}`,
      refused: (refusal: Fault) => setFault(faultAtField(refusal).rule),
    });
    if (sent) setText("");
  };
  const form = `data-${of.step_id}`;
  return (
    <article class="decision" aria-label={`Data for ${of.step_id}`}>
      <form class="form" onSubmit={send} noValidate aria-label={`Send ${of.signal}`}>
        <Field
          form={form}
          name="payload"
          label={
            <>
              <code>
                <bdi>{of.step_id}</bdi>
              </code>{" "}
              waits for{" "}
              <code>
                <bdi>{of.signal}</bdi>
              </code>
            </>
          }
          hint="What it is told besides, as a JSON object; empty: nothing."
          fault={fault}
          control={(given) => (
            <textarea
              {...given}
              rows={3}
              spellcheck={false}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
        />
        <div class="options">
          <button type="submit" class="main" disabled={!act}>Send</button>
        </div>
        <NeedsScript what="Sending data" />
      </form>
    </article>
  );
}
