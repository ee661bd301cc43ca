// What is wrong with a request as an author has written it, as far as it is known before it runs.

import { validateHeaderName, validateHeaderValue } from "node:http";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { plainText, quoted } from "../../core/text.ts";
import type { Mistake } from "../action.ts";
import { methodRule, urlRule } from "./request.ts";

const TOKEN = "${{";
const ENCODINGS = ["json", "form", "text", "raw"];
/** Members of `auth` that each type needs. */
const OF_AUTH: Readonly<Record<string, readonly string[]>> = {
  bearer: ["token"],
  basic: ["username", "password"],
  api_key: ["header_name", "header_value"],
};

/** Those of all requests; a method that is no param is never wrong. */
export function mistakenRequest(params: JsonObject): Mistake[] {
  const { method, url, headers, auth, body, body_encoding: encoding } = params;
  return [
    ...rule("method", isLiteral(method) ? methodRule(plainText(method).toUpperCase()) : undefined),
    ...rule("url", url === undefined || typeof url === "object" ? undefined : wrongUrl(url)),
    ...Object.entries(isObject(headers) ? headers : {}).flatMap(([name, value]) =>
      rule(headerPath(name), wrongHeader(name, value))
    ),
    ...missingAuth(auth),
    ...wrongEncoding(encoding, body),
  ];
}

function rule(param: string, rule: string | undefined): Mistake[] {
  return rule === undefined ? [] : [{ param, rule }];
}

/** Whether it is given, and holds no token. */
function isLiteral(value: Json | undefined): value is string | number | bigint | boolean {
  if (value === undefined || value === null || typeof value === "object") return false;
  return typeof value !== "string" || (value !== "" && !value.includes(TOKEN));
}

function wrongUrl(given: string | number | bigint | boolean): string | undefined {
  const text = plainText(given);
  if (text === "") return undefined;
  const at = text.indexOf(TOKEN);
  if (at < 0) return hinted(text, urlRule(text));
  // What a token gives is not known; what stands before it may tell that it can be no URL.
  const start = text.slice(0, at).trimStart();
  const isSure = /[/:.]/.test(start) && !/^https?:/i.test(start);
  return isSure ? hinted(start, urlRule(start)) : undefined;
}

function hinted(text: string, rule: string | undefined): string | undefined {
  const host = /^(?:\/\/)?((?:[\w-]+\.)+[A-Za-z]{2,}|localhost)(?=[:/]|$)/.exec(text.trim());
  if (rule === undefined || !host) return rule;
  return `${rule}; write ${quoted(`https://${text.trim().replace(/^\/\//, "")}`)}`;
}

function headerPath(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `headers.${name}` : `headers[${quoted(name, 80)}]`;
}

function wrongHeader(name: string, value: Json): string | undefined {
  try {
    if (!name.includes(TOKEN)) validateHeaderName(name);
    if (isLiteral(value)) validateHeaderValue("x", plainText(value));
    return undefined;
  } catch {
    return "must be a valid header name and value, without line breaks";
  }
}

function missingAuth(auth: Json | undefined): Mistake[] {
  if (!isObject(auth) || typeof auth.type !== "string") return [];
  if (Object.keys(auth).some((key) => key.includes(TOKEN))) return [];
  const names = Object.hasOwn(OF_AUTH, auth.type) ? OF_AUTH[auth.type]! : [];
  return names.filter((name) => (auth[name] ?? null) === null)
    .map((name) => ({ param: `auth.${name}`, rule: `is required for ${auth.type}` }));
}

function wrongEncoding(encoding: Json | undefined, body: Json | undefined): Mistake[] {
  if (!isLiteral(encoding)) return [];
  const text = plainText(encoding);
  if (!ENCODINGS.includes(text)) {
    const told = `${quoted(text)} is none of ${ENCODINGS.join(", ")}: the body is sent as json`;
    return [{ param: "body_encoding", rule: told, isDoubt: true }];
  }
  const isForm = text === "form" && body !== undefined && body !== null && !isObject(body) &&
    !(typeof body === "string" && body.includes(TOKEN));
  return isForm ? [{ param: "body", rule: "must be an object to be sent as a form" }] : [];
}
