// Which templates use a secret, as far as they say so themselves.

import type { TemplateRow } from "./replies.ts";

/** The names of templates by the secrets that they read, in the order given. */
export function secretUsers(templates: readonly TemplateRow[]): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const { name, definition, triggers } of templates) {
    for (const secret of secretsOf(definition, triggers)) {
      const known = users.get(secret);
      if (known) known.push(name);
      else users.set(secret, [name]);
    }
  }
  return users;
}

const TOKEN = /\bsecrets\.([A-Za-z0-9_][A-Za-z0-9_.-]*)/g;

function secretsOf(definition: object, triggers: object | undefined): Set<string> {
  const found = new Set<string>();
  for (const [, name] of JSON.stringify(definition).matchAll(TOKEN)) found.add(name!);
  if (triggers) namesOfKeys(triggers, found);
  return found;
}

/** Hooks and callbacks name the secret that they sign with. */
function namesOfKeys(value: object, found: Set<string>): void {
  for (const [key, member] of Object.entries(value)) {
    if (key === "secret" && typeof member === "string") found.add(member);
    else if (typeof member === "object" && member !== null) namesOfKeys(member, found);
  }
}
