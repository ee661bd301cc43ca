// Which pages the panel has.

import type { AnyPage } from "./page.ts";
import { agents } from "./pages/agents.tsx";
import { dashboard } from "./pages/dashboard.tsx";
import { decisions } from "./pages/decisions.tsx";
import { events } from "./pages/events.tsx";
import { scheduler } from "./pages/scheduler.tsx";
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
  decisions,
  scheduler,
  events,
  agents,
];
