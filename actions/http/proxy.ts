// Which proxy of the environment a URL is asked through.

import { isIP } from "node:net";
import { OpcodeError } from "../../core/errors.ts";
import { hostRules, isHostRule, plainForm } from "../../core/host-rules.ts";

type Env = Readonly<Record<string, string>>;

/** Never asked through a proxy. */
const LOOPBACK = hostRules(["localhost", "*.localhost", "127.0.0.0/8", "::1"]);

/**
 * The proxy for this URL, if any: `http_proxy` for http, `https_proxy` for https, in small or
 * capital letters. `no_proxy` lists, separated by commas or spaces, what is asked directly: names
 * with all below them (with a leading dot or `*.` only those below), addresses, ranges, each with
 * a port or without, or `*`. EXECUTION_ERROR when the proxy is no URL.
 */
export function proxyFor(url: URL, env: Env): URL | undefined {
  const variable = url.protocol === "https:" ? "https_proxy" : "http_proxy";
  const proxy = env[variable] || env[variable.toUpperCase()];
  if (!proxy) return undefined;
  const host = url.hostname.replace(/\.$/, "");
  const address = plainForm(host);
  const matches = (rules: ReturnType<typeof hostRules>) =>
    isIP(address) ? rules.hasAddress(address) || rules.hasName("*") : rules.hasName(host);
  if (matches(LOOPBACK)) return undefined;
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const direct = (env.no_proxy || env.NO_PROXY || "").split(/[\s,]+/)
    .flatMap((entry) => rulesOf(entry, port));
  if (matches(hostRules(direct))) return undefined;
  const text = proxy.includes("://") ? proxy : `http://${proxy}`;
  if (URL.canParse(text)) return new URL(text);
  throw new OpcodeError("EXECUTION_ERROR", `the environment's ${variable} is not a URL`, {
    details: { retryable: false },
  });
}

/** An entry of no_proxy as host rules, if it is about this port. */
function rulesOf(entry: string, port: string): string[] {
  const [, name, only] = isIP(entry) ? [, entry] : /^(.*?)(?::(\d+))?$/.exec(entry)!;
  if (!name || (only !== undefined && only !== port)) return [];
  const below = name.startsWith(".") ? `*${name}` : name;
  const rules = below.startsWith("*") || isIP(below.replace(/^\[|\]$|\/.*$/g, ""))
    ? [below]
    : [below, `*.${below}`];
  return rules.filter(isHostRule);
}
