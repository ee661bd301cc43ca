// What may stand where a definition has something of another kind, in the notation of the tools.

import { type Rule } from "./rule.ts";

/** Levels that are written out; below them only that there is something. */
const MOST_LEVELS = 3;

/**
 * Such as `{strategy: ignore|retry, fallback_step?}`, `[[Step]]` or `{NAME: [Step]}`; undefined where a
 * rule says no more than its type. `find` follows references.
 */
export function formOf(rule: Rule, find: (rule: Rule) => Rule): string | undefined {
  const form = written(rule, find, 0);
  return form === "" || form === "{…}" || form === "[…]" ? undefined : form;
}

/** Empty for what is one value. */
function written(rule: Rule, find: (rule: Rule) => Rule, level: number): string {
  if (rule.$ref === "#/$defs/step") return "Step";
  const { type, enum: choices, properties, required = [], items, additionalProperties } = find(
    rule,
  );
  if (choices) return choices.join("|");
  const inner = (each: Rule) => level < MOST_LEVELS ? written(each, find, level + 1) : "";
  if (type === "array") return `[${(items && inner(items)) || "…"}]`;
  if (type !== "object") return "";
  if (!properties) {
    return additionalProperties ? `{NAME: ${inner(additionalProperties) || "…"}}` : "{…}";
  }
  const members = Object.entries(properties).map(([name, each]) => {
    const form = inner(each);
    const told = form === "" || form === "{…}" ? "" : `: ${form}`;
    return `${name}${required.includes(name) ? "" : "?"}${told}`;
  });
  return `{${members.join(", ")}}`;
}
