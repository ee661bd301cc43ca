// How the first page looks while nothing has run: clients to connect, examples to run on the spot.

import { useState } from "preact/hooks";
import { useAround } from "../context.ts";
import { clientsOf, type Example, EXAMPLES } from "../first-run.ts";
import { Copy } from "./copy.tsx";
import { NeedsScript } from "./form.tsx";
import { runHref } from "./runs.tsx";

export interface Address {
  url: string;
  needsToken: boolean;
}

export function FirstRun({ address }: { address: Address }) {
  return (
    <>
      <section aria-label="Run an example">
        <h2>Run an example</h2>
        <p class="note">Each is defined and run at once; none touches anything but this daemon.</p>
        <ul class="examples">
          {EXAMPLES.map((example) => (
            <li key={example.name}>
              <ExampleCard of={example} />
            </li>
          ))}
        </ul>
        <NeedsScript what="Running an example" />
        <p>
          Or <a href="/define">write a workflow of your own</a>.
        </p>
      </section>
      <section aria-label="Connect an agent">
        <h2>Connect an agent</h2>
        <p class="note">
          An agent that speaks MCP defines and runs workflows by itself. A client that forbids dots
          in the names of tools takes <code>{address.url}/mcp?names=underscore</code>.
          {address.needsToken && " The token is the daemon's auth_token, or that of an agent."}
        </p>
        <div class="clients">
          {clientsOf(address.url, address.needsToken).map(({ id, name, file, text }) => (
            <details key={id} name="clients" open={id === "claude-code"}>
              <summary>
                <b>{name}</b> <span class="none">{file}</span>
              </summary>
              <pre
                class="source"
                tabIndex={0}
                role="region"
                aria-label={`For ${name}`}
              ><code>{text}</code></pre>
              <Copy text={text} what={`the configuration of ${name}`} />
            </details>
          ))}
        </div>
      </section>
    </>
  );
}

function ExampleCard({ of: { title, ...template } }: { of: Example }) {
  const { act, go } = useAround();
  const [isAsked, setAsked] = useState(false);
  const { name, description } = template;
  const run = async () => {
    setAsked(true);
    const agent = { agent_id: "panel" };
    const defined = await act!({
      method: "POST",
      path: "/templates",
      body: { ...template, ...agent },
      done: `${name} is defined`,
    });
    const begun = defined && await act!({
      method: "POST",
      path: "/runs",
      body: { template_name: name, ...agent },
      done: "It runs",
    }) as { workflow_id: string } | undefined;
    setAsked(false);
    if (begun) go?.(runHref(begun.workflow_id));
  };
  return (
    <>
      <h3>{title}</h3>
      <p>{description}</p>
      <button
        type="button"
        class="main"
        disabled={!act || isAsked}
        aria-label={`Define and run: ${title}`}
        onClick={() => void run()}
      >
        Define and run
      </button>
    </>
  );
}
