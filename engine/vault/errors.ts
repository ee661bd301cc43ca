// How what the vault cannot do is told: by name, never by value, and never retried by itself.

import { OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";

export function vaultError(message: string, details: JsonObject = {}): OpcodeError {
  return new OpcodeError("VAULT_ERROR", message, { details: { ...details, retryable: false } });
}

/** `what` needs the key of the vault, which nobody has given. */
export function locked(what: string, details: JsonObject = {}): OpcodeError {
  return vaultError(
    `${what}: the vault is locked; unlock it with "opcode secret unlock", or start the daemon with ` +
      "OPCODE_VAULT_KEY",
    { ...details, locked: true },
  );
}

/** The same of a vault that has never had one. */
export function keyless(what: string): OpcodeError {
  return vaultError(
    `${what}: the vault has no key yet; choose one with "opcode secret unlock", or start the daemon ` +
      "with OPCODE_VAULT_KEY",
    { locked: true },
  );
}

/** A step asks for a secret that nobody has stored. */
export function noSecret(name: string): OpcodeError {
  const cause = { code: "NOT_FOUND", message: `secret "${name}" not found` };
  return new OpcodeError(
    "INTERPOLATION_ERROR",
    `secrets.${name}: there is no such secret; store it with "opcode secret set ${name}"`,
    { details: { key: name, cause, retryable: false } },
  );
}
