// How the params of a run are filled in: a field for each input, made of the template's schema.

import { parseExact } from "../exact-json.ts";
import { type ParamField, textAt, WHOLE } from "../params.ts";
import { type Control, Field } from "./form.tsx";

export interface ParamFieldsProps {
  form: string;
  fields: readonly ParamField[];
  /** By the field's name. */
  texts: Readonly<Record<string, string>>;
  faults: Readonly<Record<string, string>>;
  onText(name: string, text: string): void;
}

export function ParamFields({ form, fields, texts, faults, onText }: ParamFieldsProps) {
  if (fields.length === 0) {
    return (
      <Field
        form={form}
        name={WHOLE}
        label="Params"
        hint="A JSON object: the template says nothing of what it takes."
        fault={faults[WHOLE]}
        control={(given) => (
          <textarea
            {...given}
            rows={4}
            spellcheck={false}
            placeholder="{}"
            value={texts[WHOLE] ?? ""}
            onInput={(event) => onText(WHOLE, event.currentTarget.value)}
          />
        )}
      />
    );
  }
  return (
    <>
      {fields.map((field) => (
        <Field
          key={field.name}
          form={form}
          name={field.name}
          label={<bdi>{field.name}</bdi>}
          hint={hintOf(field)}
          isRequired={field.isRequired}
          fault={textAt(faults, field.name)}
          control={(given) => (
            <Input
              field={field}
              given={given}
              text={textAt(texts, field.name) ?? ""}
              onText={(text) => onText(field.name, text)}
            />
          )}
        />
      ))}
    </>
  );
}

function hintOf({ description, rule }: ParamField) {
  if (description === undefined && rule === undefined) return undefined;
  return (
    <>
      {description !== undefined && <bdi>{description}</bdi>}
      {description !== undefined && rule !== undefined && " – "}
      {rule}
    </>
  );
}

interface InputProps {
  field: ParamField;
  given: Control;
  text: string;
  onText(text: string): void;
}

function Input({ field: { kind, initial, choices, isRequired }, given, text, onText }: InputProps) {
  // The daemon says what is missing, at the field, as it does of all else.
  const { required, ...rest } = given;
  const attributes = { ...rest, "aria-required": required };
  const byDefault = initial === undefined ? "" : `by default ${initial}`;
  if (kind === "choice" || kind === "boolean") {
    const offered = kind === "boolean" ? ["true", "false"] : choices;
    return (
      <select {...attributes} onChange={(event) => onText(event.currentTarget.value)}>
        <option value="" selected={text === ""}>
          {byDefault || (isRequired ? "choose" : "not given")}
        </option>
        {offered.map((one) => (
          <option key={one} value={one} selected={one === text}>{wordOf(one)}</option>
        ))}
      </select>
    );
  }
  const more = { ...attributes, placeholder: byDefault, value: text, spellcheck: kind === "text" };
  if (kind === "json") {
    return <textarea {...more} rows={3} onInput={(event) => onText(event.currentTarget.value)} />;
  }
  return (
    <input
      {...more}
      inputMode={kind === "number" ? "decimal" : undefined}
      autoComplete="off"
      onInput={(event) => onText(event.currentTarget.value)}
    />
  );
}

/** A text without its quotes. */
function wordOf(json: string): string {
  const value = parseExact(json);
  return typeof value === "string" ? value : json;
}
