// What a link serves: GET shows the question and changes nothing, POST from that page answers it.

import type { Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { OpcodeError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { DecisionReport, EngineFacade, Opcode } from "../../engine/api.ts";
import type { LinkTerms } from "../../engine/links/links.ts";
import { BodyError } from "../body-error.ts";
import { ADMIN, type OpcodeFor } from "../callers.ts";
import { oneDecision, resolveDecision } from "../decisions.ts";
import { statusOf } from "../http-errors.ts";
import { ticketOf } from "../intake.ts";
import { readJson } from "../json-body.ts";
import { JsonTextError } from "../json-text.ts";
import { LINK_ROUTE } from "../link-door.ts";
import { markup } from "./markup.ts";
import { HEADERS } from "./look.ts";
import {
  askPage,
  expiredPage,
  INVALID_PAGE,
  NOTHING,
  overPage,
  plainPage,
  REVOKED_PAGE,
  type Written,
} from "./pages.ts";
import type { LinkTokens } from "./token.ts";

/** Bytes of a form. */
const MOST_SENT = 64 * 1024;
const FORM = "application/x-www-form-urlencoded";

interface LinkDeps {
  opcodeFor: OpcodeFor;
  linkTokens: LinkTokens;
  linksRevokedAt: EngineFacade["linksRevokedAt"];
}

interface Link {
  terms: LinkTerms;
  /** Why it answers nothing any more, though it is one of ours; undefined while it does. */
  closed(): Promise<Response | undefined>;
}

export function linkRoutes(
  app: Hono,
  { opcodeFor, linkTokens, linksRevokedAt }: LinkDeps,
): void {
  const closed = async ({ decisionId, madeAt, expiresAt }: LinkTerms) => {
    const now = Date.now();
    if (expiresAt <= now) return page(410, expiredPage(expiresAt, now));
    const revokedAt = await linksRevokedAt(decisionId);
    return revokedAt !== null && madeAt <= revokedAt ? page(410, REVOKED_PAGE) : undefined;
  };
  const opened = (serve: (c: Context, opcode: Opcode, link: Link) => Promise<Response>) =>
  async (
    c: Context,
  ) => {
    const terms = linkTokens.read(c.req.param("token")!);
    // Nothing is looked up for whoever has no link of ours.
    if (terms === undefined) return page(404, INVALID_PAGE);
    try {
      const refusal = await closed(terms);
      if (refusal) return refusal;
      const opcode = opcodeFor(terms.isBound ? { agent: terms.agentId } : ADMIN);
      return await serve(c, opcode, { terms, closed: () => closed(terms) });
    } catch (thrown) {
      if (!(thrown instanceof OpcodeError)) throw thrown;
      return refused(thrown);
    }
  };
  const limited = bodyLimit({
    maxSize: MOST_SENT,
    onError: () => {
      const title = "That is too long";
      const text = markup`<p>An answer may have ${MOST_SENT / 1024} KiB. Nothing was answered.</p>`;
      return page(413, plainPage(title, text));
    },
  });
  app.get(
    LINK_ROUTE,
    opened(async (_, opcode, { terms }) => {
      const decision = await oneDecision(opcode, terms.decisionId);
      return await shown(opcode, { terms, decision });
    }),
  );
  app.post(LINK_ROUTE, limited, opened(answer));
  app.all(LINK_ROUTE, () => {
    const title = "This is a page";
    const response = page(405, plainPage(title, markup`<p>GET shows it, POST answers.</p>`));
    response.headers.set("allow", "GET, HEAD, POST");
    return response;
  });
}

async function answer(c: Context, opcode: Opcode, { terms, closed }: Link): Promise<Response> {
  const type = c.req.header("content-type") ?? "";
  if (type.split(";")[0]!.trim().toLowerCase() !== FORM) {
    return page(
      415,
      plainPage("Nothing was answered", markup`<p>An answer is sent as ${FORM}.</p>`),
    );
  }
  const sent = new URLSearchParams(await c.req.text());
  // It may have taken its time to come.
  const refusal = await closed();
  if (refusal) return refusal;
  const decision = await oneDecision(opcode, terms.decisionId);
  if (decision.status !== "pending") return page(409, overPage(decision, Date.now()));
  const written: Written = {
    choice: plain(sent.get("choice")),
    reasoning: plain(sent.get("reasoning")),
    data: plain(sent.get("data")),
  };
  try {
    const data = await dataOf(c, written.data);
    await resolveDecision(opcode, decision, {
      request: {
        agent_id: terms.agentId,
        choice: chosen(decision, sent) ?? written.choice,
        ...(written.reasoning.trim() !== "" && { reasoning: written.reasoning }),
        ...(data && { data }),
        wait_ms: 0,
      },
      via: "link",
    });
  } catch (thrown) {
    if (!(thrown instanceof OpcodeError)) throw thrown;
    return await notTaken(opcode, { terms, written, thrown });
  }
  return page(200, overPage(await oneDecision(opcode, terms.decisionId), Date.now(), true));
}

/** Browsers send each line's end as two characters. */
function plain(text: string | null): string {
  return (text ?? "").replaceAll("\r\n", "\n");
}

/** Options are named by their place: an id may hold what a form does not carry unchanged. */
function chosen({ options }: DecisionReport, sent: URLSearchParams): string | undefined {
  const place = sent.get("option");
  if (place === null || !/^\d{1,4}$/.test(place)) return undefined;
  return (options as { id: string }[])[Number(place)]?.id;
}

/** VALIDATION_ERROR `data: …` unless it is a JSON object, or nothing. */
async function dataOf(c: Context, text: string): Promise<JsonObject | undefined> {
  if (text.trim() === "") return undefined;
  const bytes = new TextEncoder().encode(text);
  const fault = (rule: string) =>
    new OpcodeError("VALIDATION_ERROR", `data: ${rule}`, { details: { path: "data" } });
  try {
    const request = { arrayBuffer: () => Promise.resolve(bytes.buffer as ArrayBuffer) };
    const value = await readJson(request, ticketOf(c));
    if (isObject(value)) return value;
  } catch (thrown) {
    if (thrown instanceof BodyError || thrown instanceof JsonTextError) throw fault(thrown.message);
    throw thrown;
  }
  throw fault('must be a JSON object, such as {"version": "1.4"}');
}

/** The answer was refused: the question once more, if it is still asked, or what became of it. */
async function notTaken(
  opcode: Opcode,
  { terms, written, thrown }: { terms: LinkTerms; written: Written; thrown: OpcodeError },
): Promise<Response> {
  const decision = await oneDecision(opcode, terms.decisionId);
  if (decision.status !== "pending") return page(409, overPage(decision, Date.now()));
  const field = String(thrown.details?.path ?? "");
  const isOfForm = Object.hasOwn(NOTHING, field);
  const rule = isOfForm ? thrown.message.slice(`${field}: `.length) : thrown.message;
  const fault = { field: isOfForm ? field : "", rule };
  return await shown(opcode, { terms, decision, written: { ...written, fault } }, statusOf(thrown));
}

async function shown(
  opcode: Opcode,
  { terms, decision, written = NOTHING }: {
    terms: LinkTerms;
    decision: DecisionReport;
    written?: Written;
  },
  status = 200,
): Promise<Response> {
  const now = Date.now();
  if (decision.status !== "pending") return page(status, overPage(decision, now));
  const template = await templateOf(opcode, decision);
  const { agentId, expiresAt } = terms;
  return page(status, askPage({ decision, template, agentId, expiresAt, now }, written));
}

/** Undefined of a template that whom the link is bound to does not see. */
async function templateOf(
  opcode: Opcode,
  { workflow_id: id }: DecisionReport,
): Promise<string | undefined> {
  const filter = { id, limit: 1 };
  const { rows } = await opcode.query({ resource: "workflows", filter, brief: true });
  return rows[0]?.template_name as string | undefined;
}

function refused(thrown: OpcodeError): Response {
  if (thrown.code === "NOT_FOUND") {
    const text = markup`<p>The question is not kept any more.</p>`;
    return page(410, plainPage("There is nothing to answer", text));
  }
  return page(
    statusOf(thrown),
    plainPage("Nothing was answered", markup`<p>${thrown.message}</p>`),
  );
}

function page(status: number, text: string): Response {
  return new Response(text, { status, headers: HEADERS });
}
