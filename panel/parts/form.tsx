// How what somebody fills in looks: its name, what it takes, and at it what was wrong with it.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Fault } from "../page.ts";

/** What a control needs to be the one of its field. */
export interface Control {
  id: string;
  name: string;
  "aria-describedby": string | undefined;
  "aria-invalid": "true" | undefined;
  required: boolean | undefined;
}

export interface FieldProps {
  /** Of the form, so that two on a page do not share ids. */
  form: string;
  name: string;
  label: ComponentChildren;
  hint?: ComponentChildren;
  /** Why what it holds was refused. */
  fault?: string | undefined;
  isRequired?: boolean | undefined;
  control(attributes: Control): ComponentChildren;
}

export function Field({ form, name, label, hint, fault, isRequired, control }: FieldProps) {
  const id = `${form}-${name.replaceAll(/[^\w-]/g, (sign) => `.${sign.codePointAt(0)}.`)}`;
  const told = [hint !== undefined && `${id}-hint`, fault !== undefined && `${id}-fault`]
    .filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id} class={isRequired ? "required" : undefined}>{label}</label>
      {control({
        id,
        name,
        "aria-describedby": told || undefined,
        "aria-invalid": fault === undefined ? undefined : "true",
        required: isRequired || undefined,
      })}
      {hint !== undefined && <p id={`${id}-hint`} class="note">{hint}</p>}
      {fault !== undefined && <p id={`${id}-fault`} class="refused" role="alert">{fault}</p>}
    </div>
  );
}

/** Of which field a refusal tells, by the path in its details, and the rule without that path. */
export function faultAtField(
  { message, details }: Fault,
): { path: string | undefined; rule: string } {
  const path = typeof details.path === "string" ? details.path : undefined;
  const isPrefixed = path !== undefined && message.startsWith(`${path}: `);
  return { path, rule: isPrefixed ? message.slice(path.length + 2) : message };
}

/** For a form: what was refused last has the focus at the first of its fields. */
export function useFocusOnFault(refused: unknown) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [refused]);
  return form;
}

/** Why nothing can be sent here without a script. */
export function NeedsScript({ what }: { what: string }) {
  return (
    <noscript>
      <p class="note">
        {what} needs JavaScript: the daemon takes changes as JSON alone, which no plain form sends.
      </p>
    </noscript>
  );
}
