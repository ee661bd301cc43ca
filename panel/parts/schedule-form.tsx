// How somebody makes a schedule, or changes one: its template and params, its times, and what it does when it cannot keep to them.

import { useEffect, useState } from "preact/hooks";
import { useAround } from "../context.ts";
import { hrefTo } from "../find.ts";
import type { Fault } from "../page.ts";
import { faultsOf, type ParamField, paramsOf, textsOf } from "../params.ts";
import type { ScheduleRow } from "../replies.ts";
import {
  CATCH_UPS,
  changedTerms,
  OVERLAPS,
  type ScheduleTexts,
  termsOf,
  textsOfSchedule,
} from "../schedule-terms.ts";
import { type Control, faultAtField, Field, NeedsScript, useFocusOnFault } from "./form.tsx";
import { TimesOfCron } from "./next-times.tsx";
import { ParamFields } from "./param-fields.tsx";

/** A template that may be scheduled. */
export interface Choice {
  name: string;
  agent_id: string;
  fields: ParamField[];
}

export interface ScheduleFormProps {
  choices: readonly Choice[];
  /** Absent: it is a new one. */
  of?: ScheduleRow;
  /** Of the template that it is for at first. */
  template?: string | undefined;
}

interface Filled {
  texts: ScheduleTexts;
  params: Record<string, string>;
}

/** `zone`: of the browser, as far as it is known; a new schedule is in it at first. */
function filledOf({ of, choices, template }: ScheduleFormProps, zone = "UTC"): Filled {
  const texts = { ...textsOfSchedule(of), ...(!of && { timezone: zone }) };
  const choice = choices.find(({ name }) => name === (of?.template_name ?? template));
  if (of) return { texts, params: textsOf(choice?.fields ?? [], of.params ?? {}) };
  const { name = "", agent_id = "" } = choice ?? {};
  return { texts: { ...texts, template_name: name, agent_id }, params: {} };
}

export function ScheduleForm(props: ScheduleFormProps) {
  const { of, choices } = props;
  const { act, go, zone } = useAround();
  const [{ texts, params }, setFilled] = useState(() => filledOf(props, zone));
  // What the daemon drew knew of no browser; nobody can have written anything there yet.
  useEffect(() => {
    if (!of && zone) {
      setFilled(({ texts, params }) => ({ texts: { ...texts, timezone: zone }, params }));
    }
  }, [zone]);
  const [faults, setFaults] = useState<Record<string, string>>({});
  const [fault, setFault] = useState<Fault>();
  const fields = choices.find(({ name }) => name === texts.template_name)?.fields ?? [];
  const set = (name: string, text: string) => setFilled(filledIn(choices, name, text));
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setFault(undefined);
    const made = paramsOf(fields, params);
    setFaults(made.faults);
    if (Object.keys(made.faults).length > 0) return;
    const terms = termsOf(texts, made.params);
    const refused = (refusal: Fault) => {
      const told = faultsOf(refusal, fields);
      setFaults(told);
      if (Object.keys(told).length === 0) setFault(refusal);
    };
    const reply = await act!({
      ...requestOf(of, texts, terms),
      refused,
    }) as { id: string } | undefined;
    if (reply && !of) go?.(hrefTo("/scheduler/:id", { id: reply.id }));
  };
  const refused = fault && faultAtField(fault);
  const isAtField = refused?.path !== undefined && Object.hasOwn(texts, refused.path);
  const form = useFocusOnFault(fault ?? faults);
  const at = (name: string) => refused?.path === name ? refused.rule : undefined;
  return (
    <form ref={form} class="form" onSubmit={submit} noValidate aria-label="Schedule">
      <Terms isNew={!of} choices={choices} texts={texts} set={set} at={at} />
      <fieldset>
        <legend>Params of each run</legend>
        <ParamFields
          form="param"
          fields={fields}
          texts={params}
          faults={faults}
          onText={(name, text) =>
            setFilled((before) => ({ ...before, params: { ...before.params, [name]: text } }))}
        />
      </fieldset>
      {fault && !isAtField && (
        <p class="refused" role="alert">Nothing was changed: {fault.message}</p>
      )}
      <div class="options">
        <button type="submit" class="main" disabled={!act}>{of ? "Change" : "Create"}</button>
      </div>
      <NeedsScript what="Making or changing a schedule" />
    </form>
  );
}

/** With another template come its agent and its own params. */
function filledIn(choices: readonly Choice[], name: string, text: string) {
  return ({ texts, params }: Filled): Filled => {
    const next = { texts: { ...texts, [name]: text }, params };
    if (name !== "template_name") return next;
    next.texts.agent_id = choices.find((one) => one.name === text)?.agent_id ?? texts.agent_id;
    return { ...next, params: {} };
  };
}

function requestOf(
  of: ScheduleRow | undefined,
  texts: ScheduleTexts,
  terms: Record<string, unknown>,
) {
  if (!of) {
    const body = { ...terms, name: texts.name, agent_id: texts.agent_id };
    return { method: "POST", path: "/schedules", body, done: `${texts.name} is made` } as const;
  }
  const before = termsOf(textsOfSchedule(of), of.params ?? {});
  const body = changedTerms(before, terms);
  const path = `/schedules/${of.id}`;
  return { method: "PATCH", path, body, done: `${of.name} is changed` } as const;
}

interface TermsProps {
  isNew: boolean;
  choices: readonly Choice[];
  texts: ScheduleTexts;
  set(name: string, text: string): void;
  /** Why what a field holds was refused. */
  at(name: string): string | undefined;
}

function Terms({ isNew, choices, texts, set, at }: TermsProps) {
  const { zone } = useAround();
  const shared = { texts, set, at };
  return (
    <>
      {isNew && <TextField name="name" label="Name" isRequired {...shared} />}
      <Field
        form="schedule"
        name="template_name"
        label="Template"
        isRequired
        fault={at("template_name")}
        control={(given) => (
          <Select
            {...{ given, texts, set }}
            options={[["", "choose"], ...choices.map(({ name }) => [name, name] as const)]}
          />
        )}
      />
      <TextField
        name="version"
        label="Version"
        hint="Empty: the latest of each time."
        {...shared}
      />
      <TextField
        name="cron"
        label="Cron"
        hint="minute hour day-of-month month day-of-week, as in 30 7 * * MON-FRI"
        isRequired
        isMono
        {...shared}
      />
      <TextField name="timezone" label="Time zone" hint={hintOf(isNew, zone)} {...shared} />
      <TimesOfCron cron={texts.cron} timezone={texts.timezone} />
      {isNew && <TextField name="agent_id" label="Agent" isRequired {...shared} />}
      <Rules {...shared} />
    </>
  );
}

function hintOf(isNew: boolean, zone: string | undefined): string {
  if (!zone) return "As Europe/Berlin or UTC.";
  return `As Europe/Berlin or UTC; this browser is in ${zone}${
    isNew ? ", as is a new schedule at first" : ""
  }.`;
}

function Rules(shared: Pick<TermsProps, "texts" | "set" | "at">) {
  const { texts, set, at } = shared;
  return (
    <details>
      <summary>When it cannot keep to its times, and when it ends</summary>
      <Field
        form="schedule"
        name="overlap"
        label="While another run of it goes on, it"
        fault={at("overlap")}
        control={(given) => (
          <Select
            {...{ given, texts, set }}
            options={Object.entries(OVERLAPS)}
          />
        )}
      />
      <Field
        form="schedule"
        name="catch_up"
        label="Times at which no daemon ran"
        fault={at("catch_up")}
        control={(given) => (
          <Select {...{ given, texts, set }} options={Object.entries(CATCH_UPS)} />
        )}
      />
      <TextField name="jitter" label="Begins later by up to" hint="As 30s or 5m." {...shared} />
      <TextField
        name="end_at"
        label="Last time"
        hint="As 2027-01-31T12:00:00Z; empty: it does not end."
        {...shared}
      />
      <TextField name="max_runs" label="Most runs" hint="Empty: as many as come." {...shared} />
    </details>
  );
}

interface TextFieldProps extends Pick<TermsProps, "texts" | "set" | "at"> {
  name: keyof ScheduleTexts & string;
  label: string;
  hint?: string;
  isRequired?: boolean;
  isMono?: boolean;
}

function TextField({ name, label, hint, isRequired, isMono, texts, set, at }: TextFieldProps) {
  return (
    <Field
      form="schedule"
      {...{ name, label, hint, isRequired }}
      fault={at(name)}
      control={(given) => (
        <input
          {...given}
          class={isMono ? "mono" : undefined}
          autoComplete="off"
          spellcheck={false}
          value={texts[name]!}
          onInput={(event) => set(name, event.currentTarget.value)}
        />
      )}
    />
  );
}

function Select(
  { given, texts, set, options }: {
    given: Control;
    options: readonly (readonly [string, string])[];
  } & Pick<TermsProps, "texts" | "set">,
) {
  const chosen = texts[given.name]!;
  // One that is not offered, as of a template that has gone, is kept.
  const offered = options.some(([id]) => id === chosen)
    ? options
    : [[chosen, chosen] as const, ...options];
  return (
    <select {...given} onChange={(event) => set(given.name, event.currentTarget.value)}>
      {offered.map(([id, words]) => (
        <option key={id} value={id} selected={id === chosen}>{words}</option>
      ))}
    </select>
  );
}
