// Whether loops went over what they should: each iteration in its turn, as many as there must be.

import { isDeepStrictEqual } from "node:util";
import type { ErrorObject } from "../../../core/errors.ts";
import type { Json } from "../../../core/json.ts";
import type { LoopConfig } from "../../../engine/steps/loop.ts";
import { isOwnError } from "./errors.ts";
import { isFailure, mayFailAnyhow, wrongFailure } from "./flows.ts";
import { attempt } from "./guards.ts";
import { isForced } from "./handlers.ts";
import type { History } from "./history.ts";
import type { LogEvent } from "./past.ts";
import type { List, Place } from "./places.ts";
import { conditionView, itemsOf, resolveTokens, valueOfCel } from "./scope.ts";
import { failuresIn, isDone, isTold, iterations, valueOf } from "./settled.ts";

export function checkLoops(history: History): string[] {
  return history.events.flatMap((event) => {
    const place = event.stepId === null ? undefined : history.book.find(event.stepId);
    if (place?.type !== "loop") return [];
    return new LoopCheck(history, event, place).problems()
      .map((problem) => `event ${event.seq} (${event.type} ${place.id}): ${problem}`);
  });
}

class LoopCheck {
  readonly #history: History;
  readonly #event: LogEvent;
  readonly #place: Place;
  readonly #config: LoopConfig;

  constructor(history: History, event: LogEvent, place: Place) {
    this.#history = history;
    this.#event = event;
    this.#place = place;
    this.#config = place.step.config as unknown as LoopConfig;
  }

  problems(): string[] {
    const { type } = this.#event;
    const problem = type === "step_started"
      ? this.#wrongItems()
      : type === "loop_iter_started"
      ? this.#wrongStart()
      : type === "loop_iter_completed"
      ? this.#wrongEnd()
      : type === "loop_completed" || type === "step_completed"
      ? this.#wrongCompletion()
      : isFailure(this.#event)
      ? this.#wrongError()
      : undefined;
    return problem === undefined ? [] : [problem];
  }

  get #mode(): "for_each" | "while" | "until" {
    return this.#config.mode ?? "for_each";
  }

  #list(n: number): List {
    return this.#history.book.inside(this.#place, `iter_${n}`)!;
  }

  /** The list that `over` yields at this moment; undefined when it yields none. */
  #over(): Json[] | undefined {
    const { over } = this.#config;
    const view = { history: this.#history, list: this.#place.list, seq: this.#event.seq };
    const value = attempt(() => {
      if (typeof over !== "string" || over.includes("${{")) return resolveTokens(over!, view);
      return over.startsWith("[") ? JSON.parse(over) as Json : valueOfCel(over, view);
    });
    return Array.isArray(value) ? value : undefined;
  }

  #wrongItems(): string | undefined {
    const { items } = this.#event.data;
    if (items === undefined) return undefined;
    if (this.#mode !== "for_each") return `a ${this.#mode} loop has no items`;
    // In a life that goes on, the items were recorded when it began.
    const recorded = itemsOf(this.#history, this.#place, this.#event.seq);
    const expected = recorded ?? this.#over();
    if (isDeepStrictEqual(items, expected)) return undefined;
    return `its items are ${JSON.stringify(items)} instead of ${JSON.stringify(expected)}`;
  }

  #wrongStart(): string | undefined {
    const { seq, data } = this.#event;
    const n = data.iteration as number;
    const { started, completed } = iterations(this.#history, this.#place, seq);
    if (started.includes(n)) {
      return completed.includes(n) ? `iteration ${n} begins again` : this.#wrongRestart();
    }
    if (n !== started.length) return `iteration ${n} begins, ${started.length} would be next`;
    const most = this.#mode === "for_each" ? this.#config.concurrency ?? 1 : 1;
    if (started.length - completed.length >= most) return `more than ${most} iterations at once`;
    const { max_iter: limit = 0 } = this.#config;
    if (limit > 0 && n >= limit) return `max_iter is ${limit}`;
    const failed = started.find((i) =>
      failuresIn(this.#history, this.#list(i), seq)
        .some((place) => isTold(this.#history, place, seq))
    );
    if (failed !== undefined) return `iteration ${failed} has failed`;
    if (this.#mode === "for_each") return this.#wrongItem(n);
    if (data.item !== undefined) return `a ${this.#mode} loop has no item`;
    const asks = this.#mode === "while"
      ? this.#condition(n, seq) === true
      : n === 0 || this.#condition(n - 1, seq) === false;
    return asks ? undefined : `its condition does not ask for iteration ${n}`;
  }

  /** An open iteration may be announced again when the loop itself has started again. */
  #wrongRestart(): string | undefined {
    const { seq, data } = this.#event;
    const before = this.#history.eventsOf(this.#place.id).findLast((event) =>
      event.type === "loop_iter_started" && event.data.iteration === data.iteration &&
      event.seq < seq
    )!;
    const again = this.#history.last(this.#place.id, "step_started", seq, before.seq);
    return again ? undefined : `iteration ${data.iteration} begins twice`;
  }

  #wrongItem(n: number): string | undefined {
    const { seq, data } = this.#event;
    const items = itemsOf(this.#history, this.#place, seq);
    if (items === undefined) return undefined;
    if (n >= items.length) return `it has ${items.length} items`;
    return isDeepStrictEqual(data.item ?? null, items[n]) ? undefined : "its item is another one";
  }

  #wrongEnd(): string | undefined {
    const { seq, data } = this.#event;
    const n = data.iteration as number;
    const { started, completed } = iterations(this.#history, this.#place, seq);
    if (!started.includes(n)) return `iteration ${n} has not begun`;
    if (completed.includes(n)) return `iteration ${n} ends twice`;
    return isDone(this.#history, this.#list(n), seq) ? undefined : `iteration ${n} is not done`;
  }

  #wrongCompletion(): string | undefined {
    const { seq, data, type } = this.#event;
    const { started, completed } = iterations(this.#history, this.#place, seq);
    if (started.length !== completed.length) return "an iteration is open";
    const wrong = this.#wrongCount(started.length);
    if (wrong !== undefined || type === "loop_completed") return wrong;
    const start = this.#history.lifeStart(this.#place.id, seq)!;
    if (!this.#history.last(this.#place.id, "loop_completed", seq, start.seq)) {
      return "no loop_completed precedes";
    }
    const results = started.toSorted((a, b) => a - b)
      .map((n) => valueOf(this.#history, this.#list(n), seq));
    const { max_iter: limit = 0, fail_on_exhausted: fails } = this.#config;
    const exhausted = this.#isExhausted(started.length);
    if (exhausted && fails) return "it is exhausted and does not fail";
    const expected = { iterations: started.length, results, ...(limit > 0 && { exhausted }) };
    if (isDeepStrictEqual(data.output, expected)) return undefined;
    return `its output is ${JSON.stringify(data.output)} instead of ${JSON.stringify(expected)}`;
  }

  #wrongCount(count: number): string | undefined {
    const { seq } = this.#event;
    const { max_iter: limit = 0 } = this.#config;
    if (limit > 0 && count === limit) return undefined;
    if (this.#mode === "for_each") {
      const items = itemsOf(this.#history, this.#place, seq);
      if (!items) return "no items were recorded";
      return count === items.length ? undefined : `${count} of ${items.length} items`;
    }
    const value = this.#mode === "while"
      ? this.#condition(count, seq)
      : this.#condition(count - 1, seq);
    return value === (this.#mode === "until") ? undefined : "its condition asks for more";
  }

  /** Whether `max_iter` has ended it although there was more to do. */
  #isExhausted(count: number): boolean {
    const { seq } = this.#event;
    const { max_iter: limit = 0 } = this.#config;
    if (limit === 0 || count < limit) return false;
    if (this.#mode === "for_each") {
      return count < (itemsOf(this.#history, this.#place, seq)?.length ?? 0);
    }
    return this.#mode === "while"
      ? this.#condition(count, seq) === true
      : this.#condition(count - 1, seq) === false;
  }

  #condition(index: number, seq: number): Json | undefined {
    const view = conditionView(this.#history, this.#place, { seq, index });
    return attempt(() => valueOfCel(this.#config.condition!, view));
  }

  #wrongError(): string | undefined {
    const { seq, data } = this.#event;
    const error = data.error as unknown as ErrorObject;
    if (mayFailAnyhow(this.#history, this.#event, this.#place)) return undefined;
    const { started } = iterations(this.#history, this.#place, seq);
    if (isOwnError(error, this.#place)) return this.#wrongOwnError(error, started.length);
    const failed = started.toSorted((a, b) => a - b).map((n) => this.#list(n))
      .filter((list) => failuresIn(this.#history, list, seq).length > 0);
    // Of several it is the first one's, in the order of their numbers, unless one fails the run.
    const told = isForced(this.#history, this.#place, seq) ? failed : failed.slice(0, 1);
    return wrongFailure(this.#history, this.#event, told);
  }

  #wrongOwnError(error: ErrorObject, count: number): string | undefined {
    if (error.code !== "EXECUTION_ERROR") return `a loop does not fail with ${error.code} itself`;
    if (error.details?.exhausted) {
      const may = this.#config.fail_on_exhausted && this.#isExhausted(count);
      return may ? undefined : "it is not exhausted, or need not fail by it";
    }
    if (this.#mode === "for_each") {
      return this.#over() === undefined ? undefined : "its list is there";
    }
    const index = this.#mode === "while" ? count : count - 1;
    const isFine = typeof this.#condition(index, this.#event.seq) === "boolean";
    return isFine ? "its condition does not fail" : undefined;
  }
}
