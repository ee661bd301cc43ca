// Which environment variables are secrets, and what is left of the environment without them.

const SECRETS = ["OPCODE_VAULT_KEY", "OPCODE_VAULT_KEY_FILE", "OPCODE_AUTH_TOKEN"] as const;

/**
 * Takes the daemon's secrets out of `env` (in place) and answers what they were, so that neither
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

/** A copy of the environment for child processes: without the daemon's secrets. */
export function childEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const copy: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !(SECRETS as readonly string[]).includes(name)) copy[name] = value;
  }
  return copy;
}
