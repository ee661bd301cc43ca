// How a failed exchange is reported, without what a URL may hold in secret.

import { OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { CodingError } from "./codings.ts";
import { percentDecoded } from "./request.ts";

/** The URL as errors show it: without user, password, query and fragment. */
export function shownUrl(url: URL): string {
  return url.origin + url.pathname;
}

/** Any failure between the first lookup and the last byte as EXECUTION_ERROR. */
export function exchangeError(
  error: unknown,
  { method, url }: { method: string; url: URL },
): OpcodeError {
  if (error instanceof OpcodeError) return error;
  const where = `${method} ${shownUrl(url)}`;
  const { message, code } = rootOf(error);
  const details: JsonObject = {
    ...(code !== undefined && { cause_code: code }),
    ...(error instanceof CodingError && { encoding: error.encoding }),
  };
  return new OpcodeError("EXECUTION_ERROR", `${where}: ${withoutSecrets(message, url)}`, {
    details,
  });
}

/** Where several addresses were tried, the first one's error says most. */
function rootOf(error: unknown): { message: string; code?: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0]);
  if (!(error instanceof Error)) return { message: String(error) };
  const { code } = error as NodeJS.ErrnoException;
  return { message: error.message, ...(typeof code === "string" && { code }) };
}

function withoutSecrets(message: string, url: URL): string {
  let clean = message;
  for (const secret of [url.search, url.password, percentDecoded(url.password)]) {
    if (secret.length > 1) clean = clean.replaceAll(secret, "");
  }
  return clean;
}
