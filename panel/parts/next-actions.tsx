// What the page of a run that waits for somebody offers: what was kept of it, and each thing that may be done, with what it does.

import type { ComponentChildren } from "preact";
import { hrefTo } from "../find.ts";
import type { StatusReply } from "../replies.ts";
import { isOver } from "../run-over.ts";
import { ErrorBox } from "./fault.tsx";
import { Said } from "./marks.tsx";
import { Cancel } from "./run-actions.tsx";
import { Skip, useSignals } from "./step-signals.tsx";

/** Steps that were cut short and are named one by one; the rest is told. */
const MOST = 20;

/** Nothing for a run that needs nobody. */
export function NextActions({ run }: { run: StatusReply }) {
  if (run.error) {
    return (
      <ErrorBox error={run.error}>
        {run.status === "failed" && run.removed_at === undefined && <AfterFailure run={run} />}
      </ErrorBox>
    );
  }
  if (isOver(run.status)) return null;
  if (run.poisoned) return <Held run={run} poisoned={run.poisoned} />;
  return run.interrupted ? <Interrupted run={run} steps={run.interrupted} /> : null;
}

/** The step to begin at again: what the run failed of, or the first that its timeout has ended. */
function failedStep({ error }: StatusReply): string | undefined {
  const steps = error?.details?.steps;
  const [ended] = Array.isArray(steps) ? steps : [];
  return error?.step_id ?? (typeof ended === "string" ? ended : undefined);
}

function AfterFailure({ run }: { run: StatusReply }) {
  const signals = useSignals(run.workflow_id);
  const step = failedStep(run);
  const fork = hrefTo(`/workflows/${encodeURIComponent(run.workflow_id)}`, {}, { tab: "fork" });
  return (
    <>
      <p>{keptOf(run)}</p>
      <ul class="plain choices">
        {step !== undefined && (
          <>
            <Choice says="Runs the step again, and then all that follows it.">
              <button
                type="button"
                class="main"
                disabled={!signals}
                onClick={() => signals?.retry(step)}
              >
                Retry <Said text={step} most={40} />
              </button>
            </Choice>
            <Choice says="Goes on without the step: its output is null.">
              <Skip
                step={step}
                label={
                  <>
                    Skip <Said text={step} most={40} />
                  </>
                }
                onSkip={() => void signals?.skip(step)}
              />
            </Choice>
          </>
        )}
        <Choice says="Makes another run, with other params or a newer version; this one stays.">
          <a class="button" href={fork}>Go on from a step</a>
        </Choice>
      </ul>
    </>
  );
}

function Choice({ says, children }: { says: string; children: ComponentChildren }) {
  return (
    <li>
      <span class="actions start">{children}</span> <span class="note">{says}</span>
    </li>
  );
}

function keptOf({ steps }: StatusReply): string {
  const all = Object.values(steps);
  const count = (...wanted: string[]) => all.filter(({ status }) => wanted.includes(status)).length;
  const done = count("completed");
  const ahead = count("pending", "scheduled");
  const stepsOf = (number: number) => number === 1 ? "1 step" : `${number} steps`;
  const kept = done === 0
    ? "No step was completed before it failed"
    : `Kept: what ${stepsOf(done)} completed`;
  return `${kept}${ahead === 0 ? "" : `; ${stepsOf(ahead)} not reached`}.`;
}

function Interrupted({ run, steps }: { run: StatusReply; steps: readonly string[] }) {
  const signals = useSignals(run.workflow_id);
  return (
    <section class="warning" aria-label="Interrupted">
      <p>
        The daemon ended while {steps.length === 1 ? "this step was" : "these steps were"}{" "}
        under way: whether {steps.length === 1 ? "it had its" : "they had their"}{" "}
        effect is not known. What was done before is kept; nothing goes on until you say.
      </p>
      <p class="note">
        Retry: it had no effect, or doing it twice does no harm. Skip: it had its effect, or is not
        needed; its output is null.
      </p>
      <ul class="plain choices">
        {steps.slice(0, MOST).map((step) => (
          <li key={step}>
            <span class="actions start">
              <button
                type="button"
                disabled={!signals}
                aria-label={`Retry: ${step}`}
                onClick={() => signals?.retry(step)}
              >
                Retry
              </button>
              <Skip
                step={step}
                label="Skip"
                name={`Skip: ${step}`}
                onSkip={() => void signals?.skip(step)}
              />
            </span>{" "}
            <code>
              <Said text={step} most={100} />
            </code>
          </li>
        ))}
      </ul>
      {steps.length > 1 && (
        <p class="actions">
          <button type="button" disabled={!signals} onClick={() => signals?.retryAll()}>
            Retry all {steps.length}
          </button>
        </p>
      )}
    </section>
  );
}

/** One that would be too large to load is set aside before anything dies of it. */
function causeOf(deaths: number): string {
  if (deaths === 0) return "it was not loaded";
  return `the daemon ended ${deaths === 1 ? "once" : `${deaths} times`} while it ran this`;
}

function Held({ run, poisoned }: {
  run: StatusReply;
  poisoned: NonNullable<StatusReply["poisoned"]>;
}) {
  const signals = useSignals(run.workflow_id);
  return (
    <section class="error" aria-label="Held">
      <p>
        Held: {causeOf(poisoned.deaths)}{" "}
        (<Said text={poisoned.reason} most={300} />). What was done before is kept; it is not loaded
        again until you say.
      </p>
      <ul class="plain choices">
        <Choice says="Loads it again and goes on: the daemon may end of it once more.">
          <button type="button" disabled={!signals} onClick={() => signals?.release()}>
            Retry the run
          </button>
        </Choice>
        <Choice says="Ends it for good: what it has done stays done.">
          <Cancel run={run.workflow_id} label="Cancel it" leaves="Leave it held">
            It cannot go on afterwards; “Run again” makes another one.
          </Cancel>
        </Choice>
      </ul>
    </section>
  );
}
