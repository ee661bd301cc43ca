// Which pages the panel has.

import type { AnyPage } from "./page.ts";
import { agents } from "./pages/agents.tsx";
import { dashboard } from "./pages/dashboard.tsx";
import { decisions } from "./pages/decisions.tsx";
import { define } from "./pages/define.tsx";
import { events } from "./pages/events.tsx";
import { newSchedule } from "./pages/new-schedule.tsx";
import { schedule } from "./pages/schedule.tsx";
import { scheduler } from "./pages/scheduler.tsx";
import { secrets } from "./pages/secrets.tsx";
import { settings } from "./pages/settings.tsx";
import { template } from "./pages/template.tsx";
import { templates } from "./pages/templates.tsx";
import { workflow } from "./pages/workflow.tsx";
import { workflows } from "./pages/workflows.tsx";

export const PAGES: readonly AnyPage[] = [
  dashboard,
  workflows,
  workflow,
  templates,
  template,
  define,
  decisions,
  scheduler,
  newSchedule,
  schedule,
  events,
  agents,
  secrets,
  settings,
];
