// What the page of a link says: the question with its buttons, or what became of it.

import { parseMoment } from "../../core/moment.ts";
import { LINK_AGENT } from "../../engine/links/links.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { cut } from "../../core/text.ts";
import type { DecisionReport } from "../../engine/api.ts";
import { Markup, markup } from "./markup.ts";
import { STYLE } from "./look.ts";

/** Characters of the question, and of each value beside it. */
const MOST_ASKED = 20_000;
const MOST_VALUE = 4_000;

/** What somebody has written before an answer was refused, and why it was. */
export interface Written {
  choice: string;
  reasoning: string;
  data: string;
  fault?: { field: string; rule: string };
}

export const NOTHING: Written = { choice: "", reasoning: "", data: "" };

export interface Asked {
  decision: DecisionReport;
  /** Undefined where it may not be known. */
  template: string | undefined;
  agentId: string;
  /** Epoch ms. */
  expiresAt: number;
  now: number;
}

/** The question, with a form that answers it. */
export function askPage(asked: Asked, written: Written): string {
  const { decision, template, agentId, expiresAt, now } = asked;
  const { prompt, data } = (decision.context ?? {}) as { prompt?: string; data?: Json };
  const { fault } = written;
  return documentOf(
    template ?? "Decision",
    markup`<div class="sheet">
<h1><bdi>${template ?? "Decision"}</bdi> asks</h1>
<p class="soft">step <bdi>${decision.step_id}</bdi>, ${when(decision.created_at, now)}</p>
${prompt !== undefined && markup`<p class="prompt"><bdi>${cutText(prompt, MOST_ASKED)}</bdi></p>`}
${isObject(data ?? null) && facts(data as JsonObject)}
<form method="post" accept-charset="utf-8">
${fault && markup`<p class="refused" role="alert" id="fault">${sentence(fault)}</p>`}
${fields(decision, written)}
</form>
</div>
<div class="foot soft">
<p>${
      agentId === LINK_AGENT
        ? "Your answer is kept without a name, as one of this link."
        : markup`You answer as <b><bdi>${agentId}</bdi></b>.`
    } The first answer counts, whoever gives it.</p>
<p>This link is open until ${moment(expiresAt)} (${relative(expiresAt, now)}).${after(decision)}</p>
</div>`,
  );
}

function fields(decision: DecisionReport, { choice, reasoning, data, fault }: Written): Markup {
  const options = decision.options as { id: string; description?: string }[];
  const wrong = (field: string) =>
    fault?.field === field && markup` aria-invalid="true" aria-describedby="fault"`;
  const isOpen = reasoning !== "" || data !== "";
  const free = markup`<label>Your answer
<textarea name="choice" rows="3" required${wrong("choice")}>
${choice}</textarea></label>`;
  // Never a field of one line: Enter in it would press the first button.
  return markup`${options.length === 0 && free}
<details${isOpen && markup` open`}><summary>Add a reason or data</summary>
<label>Reason, kept with the answer
<textarea name="reasoning" rows="2"${wrong("reasoning")}>
${reasoning}</textarea></label>
<label>Data for the steps that follow, a JSON object
<textarea name="data" class="json" rows="3" spellcheck="false"${wrong("data")}>
${data}</textarea></label>
</details>
${
    options.length === 0
      ? markup`<button type="submit">Answer</button>`
      : options.map(({ id, description }, at) =>
        markup`<button type="submit" name="option" value="${at}"><bdi>${id}</bdi>${
          description !== undefined &&
          markup`<small><bdi>${cutText(description, MOST_VALUE)}</bdi></small>`
        }</button>
`
      )
  }`;
}

function facts(data: JsonObject): Markup {
  return markup`<dl>${
    Object.entries(data).map(([name, value]) =>
      markup`<div><dt><bdi>${name}</bdi></dt><dd${
        typeof value === "object" && markup` class="json"`
      }><bdi>${
        cutText(typeof value === "string" ? value : JSON.stringify(value, null, 2), MOST_VALUE)
      }</bdi></dd></div>
`
    )
  }</dl>`;
}

/** What happens when nobody answers. */
function after({ timeout_at, fallback }: DecisionReport): Markup | false {
  if (typeof timeout_at !== "string") return false;
  const at = moment(parseMoment(timeout_at)!);
  return typeof fallback === "string"
    ? markup` Without an answer by ${at} it is decided as <b><bdi>${fallback}</bdi></b>.`
    : markup` Without an answer by ${at} the step fails.`;
}

/** What became of a question that is over. `answered`: by this very request. */
export function overPage(decision: DecisionReport, now: number, answered = false): string {
  const { status, resolution, resolved_by, resolved_at, via } = decision;
  const choice = isObject(resolution ?? null) ? (resolution as JsonObject).choice : undefined;
  const by = typeof resolved_by === "string" && markup` by <bdi>${resolved_by}</bdi>`;
  const how = typeof via === "string" && markup`, via ${via}`;
  const at = typeof resolved_at === "string" && markup`, ${when(resolved_at, now)}`;
  const said = typeof choice === "string" &&
    markup`<p class="prompt choice"><bdi>${cutText(choice, MOST_VALUE)}</bdi></p>`;
  if (status === "resolved") {
    const title = answered ? "Your answer is taken" : "It has been answered already";
    const end = answered ? "You can close this page." : "An answer counts once: this one stands.";
    return plainPage(title, markup`${said}<p>Answered${by}${how}${at}.</p><p>${end}</p>`);
  }
  if (status === "timed_out") {
    const what = said || markup`<p>Nobody answered in time.</p>`;
    return plainPage("Its time is over", markup`${what}<p>Decided without an answer${at}.</p>`);
  }
  return plainPage(
    "It is not asked any more",
    markup`<p>The question was dropped with its step or its run${at}.</p>`,
  );
}

/** The same for whoever comes with a link that the daemon has not made, whatever is wrong with it. */
export const INVALID_PAGE = plainPage(
  "This link is not valid",
  markup`<p>It may have lost a part when it was copied. Ask whoever sent it for another one.</p>`,
);

export const REVOKED_PAGE = plainPage(
  "This link was taken back",
  markup`<p>It answers nothing any more. If the question is still asked, whoever sent it can make another one.</p>`,
);

export function expiredPage(expiresAt: number, now: number): string {
  return plainPage(
    "This link has expired",
    markup`<p>It was open until ${moment(expiresAt)} (${
      relative(expiresAt, now)
    }). If the question is still
asked, whoever sent it can make another one.</p>`,
  );
}

export function plainPage(title: string, body: Markup): string {
  return documentOf(
    title,
    markup`<div class="sheet"><h1>${title}</h1>
${body}</div>`,
  );
}

function documentOf(title: string, body: Markup): string {
  const { text } = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${title} — Opcode</title>
<link rel="icon" href="data:,">
<style>${new Markup(STYLE)}</style>
</head>
<body><main>
<p class="brand">opcode</p>
${body}
</main></body>
</html>
`;
  return text;
}

function sentence({ field, rule }: { field: string; rule: string }): string {
  return field === "" ? rule : `${field[0]!.toUpperCase()}${field.slice(1)}: ${rule}`;
}

function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${cut(text, most)}\n(${text.length - most} more characters are not shown here)`;
}

function when(at: unknown, now: number): Markup {
  const ms = parseMoment(String(at))!;
  return markup`${relative(ms, now)} (${moment(ms)})`;
}

/** `2026-11-29 21:04 UTC`. */
function moment(ms: number): Markup {
  const iso = new Date(ms).toISOString();
  return markup`<time datetime="${iso}">${
    iso.replace(/:\d\d\..*/, "").replace("T", " ")
  } UTC</time>`;
}

const UNITS = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000]] as const;

/** `in 23 hours`, `5 minutes ago`: the largest unit alone. */
function relative(ms: number, now: number): string {
  const away = Math.abs(ms - now);
  const unit = UNITS.find(([, size]) => away >= size);
  if (!unit) return ms > now ? "in less than a minute" : "just now";
  const count = Math.floor(away / unit[1]);
  const text = `${count} ${unit[0]}${count === 1 ? "" : "s"}`;
  return ms > now ? `in ${text}` : `${text} ago`;
}
