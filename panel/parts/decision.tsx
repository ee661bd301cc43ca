// How somebody is asked: what it is about first, then one button for each answer.

import { useState } from "preact/hooks";
import { useAround } from "../context.ts";
import type { DecisionReport, Option } from "../replies.ts";
import { useDecisionLink } from "./decision-link.tsx";
import { JsonTree } from "./json-tree.tsx";
import { Said, shortId, State, When } from "./marks.tsx";
import { runHref } from "./runs.tsx";
import { Skip, useSignals } from "./step-signals.tsx";

interface Asked extends Record<string, unknown> {
  prompt?: string;
  /** The same as the prompt and the data, under the names by which a definition gives them. */
  prompt_context?: unknown;
  data_inject?: unknown;
}

export function Decision({ of }: { of: DecisionReport }) {
  const { prompt, prompt_context: _, data_inject: __, ...known } = (of.context ?? {}) as Asked;
  const { timeout_at, fallback, target_agent_id, resolution } = of as Record<string, unknown>;
  const isOpen = of.status === "pending";
  return (
    <article class="decision" aria-label={`Decision of ${of.step_id}`}>
      <header>
        <State of={of.status} />
        <span>
          <Said text={of.agent_id} /> asks in{" "}
          <a href={runHref(of.workflow_id)} title={of.workflow_id}>
            <code>
              {shortId(of.workflow_id)} › <bdi>{of.step_id}</bdi>
            </code>
          </a>
        </span>
        <span>
          <When at={of.created_at} />
        </span>
        {typeof target_agent_id === "string" && (
          <span>
            of <Said text={target_agent_id} />
          </span>
        )}
        {isOpen && typeof timeout_at === "string" && (
          <span class="deadline">
            without an answer <When at={timeout_at} />: {typeof fallback === "string"
              ? (
                <b>
                  <Said text={fallback} />
                </b>
              )
              : "the step fails"}
          </span>
        )}
      </header>
      {prompt !== undefined && (
        <p class="prompt">
          <bdi>{prompt}</bdi>
        </p>
      )}
      {Object.keys(known).length > 0 && <JsonTree value={known} />}
      {isOpen ? <Answer of={of} /> : <Answered of={of} resolution={resolution} />}
    </article>
  );
}

/** Who has answered what, and by which way. */
function Answered({ of, resolution }: { of: DecisionReport; resolution: unknown }) {
  const { resolved_by, resolved_at, via } = of as Record<string, string | undefined>;
  return (
    <>
      {resolved_by !== undefined && (
        <p class="answered">
          answered by <Said text={resolved_by} />
          {via !== undefined && (
            <>
              {" "}
              via <code>{via}</code>
            </>
          )} <When at={resolved_at} />
        </p>
      )}
      {resolution !== undefined && <JsonTree value={resolution} />}
    </>
  );
}

function Answer({ of }: { of: DecisionReport }) {
  const { act } = useAround();
  const [reasoning, setReasoning] = useState("");
  const [choice, setChoice] = useState("");
  const [isSent, setSent] = useState(false);
  const options = of.options as unknown as Option[];
  const target = (of as Record<string, unknown>).target_agent_id;
  const send = async (body: object, done: string) => {
    setSent(true);
    const path = `/runs/${of.workflow_id}/signal`;
    if (await act!({ method: "POST", path, body, done }) === undefined) setSent(false);
  };
  const answer = (chosen: string) =>
    send({
      signal_type: "decision",
      decision_id: of.id,
      agent_id: typeof target === "string" ? target : "panel",
      payload: { choice: chosen },
      ...(reasoning !== "" && { reasoning }),
    }, `Answered: ${chosen}`);
  const signals = useSignals(of.workflow_id);
  const skip = async () => {
    setSent(true);
    if (await signals?.skip(of.step_id) === undefined) setSent(false);
  };
  const disabled = !act || isSent;
  return (
    <div class="answer">
      {options.length === 0 && (
        <label>
          <span>Answer</span>
          <input value={choice} onInput={(event) => setChoice(event.currentTarget.value)} />
        </label>
      )}
      <label>
        <span>Why (kept with the answer)</span>
        <input value={reasoning} onInput={(event) => setReasoning(event.currentTarget.value)} />
      </label>
      <div class="options">
        {options.map((option, at) => (
          <OptionButton key={option.id} {...{ option, at, disabled, answer }} />
        ))}
        {options.length === 0 && (
          <button
            type="button"
            class="main"
            disabled={disabled || choice === ""}
            onClick={() => answer(choice)}
          >
            Answer
          </button>
        )}
      </div>
      {options.length > 0 && <KeysNote count={Math.min(9, options.length)} />}
      <Instead of={of} onSkip={() => void skip()} />
    </div>
  );
}

/** What may be done with a question that is not answered here. */
function Instead({ of, onSkip }: { of: DecisionReport; onSkip(): void }) {
  const link = useDecisionLink(of.id, of.step_id);
  return (
    <>
      <div class="actions instead" role="group" aria-label="Instead of an answer here">
        {link.buttons}
        <Skip
          step={of.step_id}
          label="Skip this step"
          name={`Skip this step: ${of.step_id}`}
          onSkip={onSkip}
        />
      </div>
      {link.outcome}
    </>
  );
}

/** Where there are keys: a phone has none. */
function KeysNote({ count }: { count: number }) {
  return (
    <p class="note keys-note">
      {count === 1 ? <kbd>1</kbd> : (
        <>
          <kbd>1</kbd> … <kbd>{count}</kbd>
        </>
      )} {count === 1 ? "goes to the answer" : "go to an answer"}, <kbd>Enter</kbd> gives it.
    </p>
  );
}

function OptionButton(
  { option, at, disabled, answer }: {
    option: Option;
    at: number;
    disabled: boolean;
    answer(id: string): void;
  },
) {
  const key = at < 9 ? String(at + 1) : undefined;
  return (
    <button
      type="button"
      class="main"
      disabled={disabled}
      data-key={key}
      aria-keyshortcuts={key}
      onClick={() => answer(option.id)}
    >
      <bdi>{option.id}</bdi>
      {option.description && (
        <small>
          <Said text={option.description} most={200} />
        </small>
      )}
      {key && <kbd aria-hidden="true">{key}</kbd>}
    </button>
  );
}
