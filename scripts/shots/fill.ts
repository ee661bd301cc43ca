// What a daemon holds that is pictured full: runs of every state, questions, schedules, hooks and secrets.

type Ask = (method: string, path: string, body?: object) => Promise<any>;

/** Fills it by its own API; answers with the paths of the pages to picture, by their names. */
export async function fill(url: string): Promise<Record<string, string>> {
  const ask: Ask = async (method, path, body) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    const reply = await response.json();
    if (response.ok) return reply;
    throw new Error(`${method} ${path}: ${JSON.stringify(reply)}`);
  };
  await templates(ask);
  const runs = await run(ask);
  const schedule = await others(ask);
  return { ...pagesOfRuns(runs), link: await linkOf(ask, runs.asking), ...otherPages(schedule) };
}

function pagesOfRuns(
  runs: Record<"asking" | "failed" | "later", string>,
): Record<string, string> {
  return {
    dashboard: "/",
    keys: "/#keys",
    "workflows-unknown": "/workflows?stats=xyz",
    "workflows-refused": "/workflows?status=xyz",
    palette: `/workflows/${runs.failed}#palette`,
    "palette-found": "/workflows#palette re",
    workflows: "/workflows",
    "workflows-saved": "/workflows?status=suspended#view Waiting for somebody",
    "workflows-view": "/workflows?status=failed#view What broke",
    "workflows-chosen": "/workflows?status=failed#bulk",
    "workflows-cancel": "/workflows#bulk Cancel",
    workflow: `/workflows/${runs.asking}`,
    "workflow-step": `/workflows/${runs.failed}?step=check`,
    "workflow-later": `/workflows/${runs.later}`,
    "workflow-timeline": `/workflows/${runs.asking}?tab=timeline`,
    "workflow-events": `/workflows/${runs.failed}?tab=events`,
    "workflow-output": `/workflows/${runs.failed}?tab=output`,
    "workflow-fork": `/workflows/${runs.failed}?tab=fork`,
    failed: `/workflows/${runs.failed}`,
  };
}

function otherPages(schedule: string): Record<string, string> {
  return {
    "link-invalid": "/decide/none",
    templates: "/templates",
    template: "/templates/review-release",
    "template-definition": "/templates/weather?tab=definition",
    "template-run": "/templates/weather?tab=run",
    "template-run-error": "/templates/weather?tab=run#submit",
    "template-runs": "/templates/nightly-report?tab=runs",
    "template-started": "/templates/nightly-report?tab=started",
    "template-compare": "/templates/nightly-report?tab=compare",
    define: "/define#editor",
    "define-edit": "/define?template=nightly-report&version=v1#editor",
    "define-draft": "/define?template=weather#draft",
    "define-error": "/define#broken",
    decisions: "/decisions",
    scheduler: "/scheduler",
    schedule: `/scheduler/${schedule}`,
    "schedule-change": `/scheduler/${schedule}?tab=change`,
    "schedule-backfill": `/scheduler/${schedule}?tab=backfill`,
    "schedule-new": "/scheduler/new?template=weather",
    "schedule-error": "/scheduler/new?template=weather#submit",
    events: "/events",
    agents: "/agents",
    secrets: "/secrets",
    settings: "/settings",
    tokens: "/settings?tab=agents",
    log: "/settings?tab=log",
    missing: "/workflows/0190",
  };
}

function define(ask: Ask, name: string, steps: object[], more: object = {}): Promise<unknown> {
  return ask("POST", "/templates", { name, agent_id: "alpha", definition: { steps }, ...more });
}

const WEATHER_STEPS = [
  { id: "tell", action: "expr.eval", params: { expression: "inputs.city" } },
];

const WEATHER = {
  description: "Tells the weather of a city",
  input_schema: {
    type: "object",
    required: ["city"],
    properties: {
      city: { type: "string", minLength: 2, description: "Where" },
      days: { type: "integer", minimum: 1, maximum: 14, default: 3, description: "How far" },
      units: { enum: ["metric", "imperial"], default: "metric" },
      alerts: { type: "boolean", description: "Whether storms are told apart" },
      more: { type: "object", description: "What the provider takes beside" },
    },
  },
};

async function templates(ask: Ask): Promise<void> {
  const store = (name: string, steps: object[], more?: object) => define(ask, name, steps, more);
  await store("review-release", [
    { id: "fetch", action: "crypto.uuid" },
    {
      ...{ id: "hash", action: "crypto.hash", depends_on: ["fetch"] },
      params: { data: "${{steps.fetch.output.uuid}}" },
    },
    {
      ...{ id: "approve", type: "reasoning", depends_on: ["hash"] },
      config: {
        prompt_context:
          "Release 1.4 passed 312 of 314 tests. The two failures are known flakes in the payment sandbox.\nShip it?",
        options: [
          { id: "ship", description: "Publish to production now" },
          { id: "hold", description: "Wait for the next build" },
        ],
        ...{ timeout: "45m", fallback: "hold" },
      },
    },
    {
      ...{ id: "done", action: "workflow.emit", depends_on: ["approve"] },
      params: { event_type: "released" },
    },
  ], { description: "Checks a build and asks before it ships" });
  const report = (words: string[]) => [
    {
      ...{ id: "each", type: "loop" },
      config: {
        over: words,
        body: [{ id: "h", action: "crypto.hash", params: { data: "${{loop.item}}" } }],
      },
    },
    { id: "sum", action: "crypto.uuid", depends_on: ["each"] },
  ];
  await store("nightly-report", report(["a", "b", "c"]), { description: "Sums up the day" });
  await store("nightly-report", report(["a", "b", "c", "d"]), {
    description: "Sums up the day, with weather",
    triggers: { webhook: [{ name: "push", verify: "github", secret: "GITHUB" }] },
  });
  await store("charge", [
    { id: "check", action: "assert.equals", params: { expected: 1, actual: 2 } },
    { id: "pay", action: "crypto.uuid", depends_on: ["check"] },
  ]);
  await store("slow", [{ id: "rest", type: "wait", config: { duration: "1h" } }]);
  await define(ask, "weather", WEATHER_STEPS, WEATHER);
}

async function run(ask: Ask): Promise<{ asking: string; failed: string; later: string }> {
  const start = async (template_name: string, agent_id: string, more: object = {}) =>
    (await ask("POST", "/runs", { template_name, agent_id, wait_ms: 5_000, ...more }))
      .workflow_id as string;
  for (let i = 0; i < 6; i++) await start("nightly-report", i % 2 ? "alpha" : "beta");
  let failed = "";
  for (let i = 0; i < 3; i++) failed = await start("charge", "billing");
  const asking = await start("review-release", "alpha");
  await start("slow", "beta", { wait_ms: 0 });
  const cancelled = await start("slow", "beta", { wait_ms: 0 });
  await ask("POST", `/runs/${cancelled}/cancel`, { reason: "not today" });
  const later = await start("weather", "alpha", { params: { city: "Ulm" }, delay: "2h" });
  return { asking, failed, later };
}

/** The path of the page on which somebody without the panel answers what the run asks. */
async function linkOf(ask: Ask, run: string): Promise<string> {
  const { decisions: [{ id }] } = await ask("GET", `/decisions?workflow_id=${run}`);
  const { url } = await ask("POST", `/decisions/${id}/link`, {});
  return new URL(url).pathname;
}

/** Answers with the id of a schedule. */
async function others(ask: Ask): Promise<string> {
  const make = (name: string, cron: string, more: object = {}) =>
    ask("POST", "/schedules", {
      ...{ name, cron, template_name: "nightly-report", agent_id: "alpha" },
      ...more,
    });
  const { id } = await make("nightly", "0 3 * * *", { timezone: "Europe/Berlin" });
  for (let i = 0; i < 3; i++) await ask("POST", `/schedules/${id}/run`, {});
  await make("paused", "*/5 * * * *", { enabled: false });
  const body = { value: "not shown" };
  for (const name of ["GITHUB", "SMTP_PASSWORD", "unused"]) {
    await ask("PUT", `/secrets/${name}`, body);
  }
  return id;
}
