// How a delivery becomes a run: found, verified, read, shaped and started once, or rejected and counted.

import { errorText, OpcodeError, toErrorObject } from "../../core/errors.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { Lru } from "../../core/lru.ts";
import type { RunReply } from "../api.ts";
import type { HookRow } from "../store/store.ts";
import { runDelivery } from "../verbs/run.ts";
import type { Engine } from "../verbs/shared.ts";
import type { Delivery, Received, RefusedFor } from "./api.ts";
import { bodyOf, ContentError, formOf } from "./content.ts";
import { deliveredParams } from "./delivered-params.ts";
import { deliveryId, headerId, keyOf, shownId } from "./delivery-id.ts";
import { verify } from "./verify.ts";

/** How often at most the log says of a hook that it cannot take deliveries, ms. */
const TELL_MS = 60_000;

/** Hooks of which it is known when that was. */
const MOST_TOLD = 1_000;
/** Deliveries whose hooks are looked up at a time: of more, nobody knows yet whether there is one. */
const MOST_SOUGHT = 256;

/** Ends the reception of a delivery; `reason` is for the hook's log alone. */
class Refusal extends Error {
  readonly why: RefusedFor;
  readonly reason: string;
  readonly error: OpcodeError;

  constructor(why: RefusedFor, reason: string, error: OpcodeError) {
    super(reason);
    this.why = why;
    this.reason = reason;
    this.error = error;
  }
}

/** Takes deliveries for the hooks of one engine. */
export class Reception {
  readonly #engine: Engine;
  /** When it was last told of a hook that it cannot take deliveries. */
  readonly #told = new Lru<{ at: number }>(MOST_TOLD, Infinity);
  #sought = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * What became of it. BUSY, STORE_ERROR and what else is no fault of the delivery's are thrown: its
   * sender tries again.
   */
  async take(delivery: Delivery): Promise<Received> {
    const { method } = delivery;
    const hook = await this.#find(delivery);
    if (method !== "POST") {
      const refusal = new Refusal("method", "another method", otherMethod());
      return hook ? this.#refused(hook, delivery, refusal, null) : answerOf(refusal);
    }
    if (!hook) return answerOf(new Refusal("unknown", "", noHook()));
    const read = { bytes: null as number | null };
    try {
      return await this.#accept(hook, delivery, read);
    } catch (thrown) {
      if (thrown instanceof Refusal) return this.#refused(hook, delivery, thrown, read.bytes);
      this.#reject(hook, delivery, reasonOf(thrown), read.bytes);
      throw thrown;
    }
  }

  async #find({ template, name }: Delivery): Promise<HookRow | null> {
    if (this.#sought >= MOST_SOUGHT) {
      throw new OpcodeError("BUSY", "too many deliveries come at once", {
        details: { limit: MOST_SOUGHT, retry_after_ms: 1_000 },
      });
    }
    this.#sought++;
    try {
      return await this.#engine.env.store.hook(template, name);
    } finally {
      this.#sought--;
    }
  }

  async #accept(
    hook: HookRow,
    delivery: Delivery,
    read: { bytes: number | null },
  ): Promise<Received> {
    const { engine, body, mark } = await this.#read(hook, delivery, read);
    if (hook.verify === "slack" && isObject(body) && body.type === "url_verification") {
      const { challenge } = body;
      if (typeof challenge === "string") return { outcome: "challenge", challenge };
    }
    const { header, waitMs } = delivery;
    const params = await this.#params(hook, delivery, body);
    const id = deliveryId(hook, { header: (name) => header(name), body, mark });
    const request = {
      template_name: hook.templateName,
      agent_id: hook.agentId,
      params,
      wait_ms: waitMs,
      ...(id !== undefined && { idempotency_key: keyOf(hook, id) }),
    };
    const origin = JSON.stringify({
      trigger: `webhook:${hook.name}`,
      ...(id !== undefined && { delivery_id: shownId(id) }),
    });
    const reply = await delivery.waiting((watch) =>
      engine.env.pace.request(
        hook.agentId,
        () => runDelivery(engine, request, { watch, origin }),
      )
    ).catch((thrown) => {
      throw this.#refusalOf(hook, thrown);
    });
    engine.hookLog.accepted(hook, { replayed: reply.replayed === true });
    return replyOf(reply, waitMs);
  }

  /** What it says, once it is known who says it. */
  async #read(
    hook: HookRow,
    delivery: Delivery,
    read: { bytes: number | null },
  ): Promise<{ engine: Engine; body: Json; mark: string | undefined }> {
    const engine = this.#engine;
    const header = (name: string) => delivery.header(name);
    engine.refuseWhenBusy();
    const { fault } = delivery;
    if (fault) throw new Refusal("unreadable", fault.message, fault);
    if (hook.secret !== null) await engine.env.secrets.seek?.(hook.secret);
    const secret = this.#secretOf(hook, delivery);
    const bytes = await delivery.bytes();
    read.bytes = bytes.length;
    let mark: string | undefined;
    if (hook.verify !== "none") {
      const now = engine.env.clock.now();
      const verdict = verify(hook.verify, secret!, { header, body: bytes, now });
      if (!verdict.ok) throw new Refusal("unverified", verdict.reason, unverified());
      mark = verdict.mark;
    }
    const hidden = engine.env.access.hidesTemplate(hook.agentId, hook.templateName);
    if (hidden) throw this.#unavailable(hook, hidden);
    await engine.templates.refuseArchived(hook.templateName, "no delivery starts a run of it")
      .catch((thrown) => {
        throw this.#refusalOf(hook, thrown);
      });
    try {
      const body = await bodyOf(formOf(header), bytes, () => delivery.json(bytes));
      return { engine, body, mark };
    } catch (thrown) {
      throw unreadable(thrown);
    }
  }

  /** Null of a hook that asks for no proof, to whom it may be open. */
  #secretOf(hook: HookRow, { stranger }: Delivery): string | null {
    if (hook.verify === "none") {
      if (stranger === null) return null;
      throw new Refusal("unverified", stranger, unverified());
    }
    let secret: string;
    try {
      secret = this.#engine.env.secrets.resolve(hook.secret!);
    } catch (thrown) {
      throw this.#unavailable(hook, thrown);
    }
    if (secret !== "") return secret;
    throw this.#unavailable(hook, new Error(`secret "${hook.secret}" is empty: anybody knows it`));
  }

  async #params(hook: HookRow, { header, query }: Delivery, body: Json): Promise<JsonObject> {
    try {
      const parts = { header: (name: string) => header(name), query, body };
      return await deliveredParams(this.#engine.env, hook, parts);
    } catch (thrown) {
      throw thrown instanceof ContentError ? unreadable(thrown) : this.#refusalOf(hook, thrown);
    }
  }

  /** What keeps a delivery that was understood from being a run. */
  #refusalOf(hook: HookRow, thrown: unknown): unknown {
    if (!(thrown instanceof OpcodeError)) return thrown;
    if (thrown.code === "VALIDATION_ERROR") return unsuitable(thrown.message);
    if (["NOT_FOUND", "CONFLICT", "PERMISSION_DENIED"].includes(thrown.code)) {
      return this.#unavailable(hook, thrown);
    }
    return thrown;
  }

  /** Nothing that the sender could mend: why is for the operator, in the daemon's log. */
  #unavailable(hook: HookRow, thrown: unknown): Refusal {
    const { env } = this.#engine;
    const reason = errorText(toErrorObject(thrown));
    const key = JSON.stringify([hook.templateName, hook.name]);
    const now = env.clock.monotonic();
    if (now - (this.#told.peek(key)?.at ?? -Infinity) >= TELL_MS) {
      this.#told.delete(key);
      this.#told.get(key, () => ({ at: now }));
      const { templateName: template, name } = hook;
      env.log.error("a hook cannot take deliveries", { template, hook: name, error: reason });
    }
    const error = new OpcodeError("BUSY", "the hook cannot take deliveries as things are", {
      details: { retry_after_ms: TELL_MS },
    });
    return new Refusal("unavailable", reason, error);
  }

  #refused(hook: HookRow, delivery: Delivery, refusal: Refusal, bytes: number | null): Received {
    this.#reject(hook, delivery, refusal.reason, bytes);
    return answerOf(refusal);
  }

  #reject(hook: HookRow, delivery: Delivery, reason: string, bodyBytes: number | null): void {
    const { method, query } = delivery;
    const id = headerId(hook, (name) => delivery.header(name));
    this.#engine.hookLog.rejected(hook, {
      at: this.#engine.env.clock.now(),
      method: shownId(method),
      reason,
      bodyBytes,
      queryBytes: query.reduce((sum, pair) => sum + Buffer.byteLength(pair.join("")), 0),
      deliveryId: id && shownId(id),
    });
  }
}

function answerOf({ why, error }: Refusal): Received {
  return { outcome: "refused", why, error: error.toJSON() };
}

/** Of a run that nobody waits for only that it is there. */
function replyOf(reply: RunReply, waitMs: number): Received {
  const { workflow_id, status, replayed, waiting, output, error } = reply;
  return {
    outcome: "run",
    workflow_id,
    status,
    ...(replayed && { replayed }),
    ...(waitMs > 0 && {
      ...(waiting && { waiting }),
      ...(output !== undefined && { output }),
      ...(error && { error: { code: error.code, message: error.message } }),
    }),
  };
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof OpcodeError ? errorText(thrown.toJSON()) : "it broke off";
}

function unreadable(thrown: unknown): unknown {
  if (thrown instanceof ContentError) {
    const error = new OpcodeError("VALIDATION_ERROR", `body: ${thrown.message}`);
    return new Refusal(thrown.isKind ? "kind" : "unreadable", error.message, error);
  }
  const isText = thrown instanceof OpcodeError && thrown.code === "VALIDATION_ERROR";
  return isText ? new Refusal("unreadable", thrown.message, thrown) : thrown;
}

function unsuitable(message: string): Refusal {
  return new Refusal("unsuitable", message, new OpcodeError("VALIDATION_ERROR", message));
}

/** Which part of the proof was wrong is told to nobody who has none. */
function unverified(): OpcodeError {
  return new OpcodeError("PERMISSION_DENIED", "the delivery could not be verified");
}

/** The same of a template that is not there. */
function noHook(): OpcodeError {
  return new OpcodeError("NOT_FOUND", "there is no such hook");
}

function otherMethod(): OpcodeError {
  return new OpcodeError("VALIDATION_ERROR", "method: must be POST");
}
