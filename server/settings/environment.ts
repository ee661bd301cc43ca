// Which environment variables are secrets, and what is left of the environment without them.

const SECRETS: readonly string[] = [
  "OPCODE_VAULT_KEY",
  "OPCODE_VAULT_KEY_FILE",
  "OPCODE_AUTH_TOKEN",
  "OPCODE_AUTH_TOKEN_FILE",
  // May have a password in it.
  "OPCODE_STORE_URL",
  "OPCODE_STORE_PASSWORD_FILE",
  "OPCODE_AGENT_TOKEN",
  "OPCODE_AGENT_TOKEN_FILE",
];

/** Shorter texts stand in other values by accident. */
const SHORTEST = 8;

/**
 * Takes the daemon's secrets out of `env` (in place) and returns what they were, so that neither
 * an expression, a log line nor a child process can find them there.
 */
export function takeSecrets(env: NodeJS.ProcessEnv): Partial<Record<string, string>> {
  const taken: Partial<Record<string, string>> = {};
  for (const name of SECRETS) {
    if (env[name] !== undefined) taken[name] = env[name];
    delete env[name];
  }
  return taken;
}

/**
 * A copy of the environment for child processes: without the variables of the daemon's secrets, and
 * without others that hold one of these `values`.
 */
export function childEnvironment(
  env: NodeJS.ProcessEnv,
  values: readonly string[] = [],
): Record<string, string> {
  const secret = values.filter((value) => value.length >= SHORTEST);
  const copy: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || SECRETS.includes(name)) continue;
    if (!secret.some((each) => value.includes(each))) copy[name] = value;
  }
  return copy;
}
