// How a refusal of the daemon reads for somebody who typed flags.

/** Fields of requests by the flag that gave them. */
const FLAGS: Readonly<Record<string, string>> = {
  from_run: "--from-run",
  from_step: "--from-step",
  step_id: "--step",
  decision_id: "--decision",
  idempotency_key: "--key",
};

/** Those that are flags where the message begins with them, and may be words elsewhere. */
const FIRST: Readonly<Record<string, string>> = {
  "payload.choice": "--choice",
  payload: "--payload",
  agent_id: "--agent",
  version: "--version",
  reasoning: "--reasoning",
  delay: "--delay",
  start_at: "--start-at",
  older_than: "--older-than",
  ttl: "--ttl",
};

/** The message with fields of the request as flags; what stands in quotes is the caller's. */
export function inFlags(message: string): string {
  const field = /^([a-z_.]+): /.exec(message)?.[1];
  const [, filter] = /^filter\.([a-z_]+)$/.exec(field ?? "") ?? [];
  // What follows are names of filters, which are typed as they are.
  if (filter === "limit") return `--limit${message.slice(field!.length)}`;
  if (filter !== undefined) return `--filter ${filter}${message.slice(field!.length)}`;
  const first = FIRST[field ?? ""];
  const begun = first === undefined ? message : first + message.slice(field!.length);
  return begun.replace(
    /"(?:[^"\\]|\\.)*"|\b[a-z]+_[a-z]+\b/g,
    (part) => Object.hasOwn(FLAGS, part) ? FLAGS[part]! : part,
  );
}
